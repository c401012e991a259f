/** Asks the server for what the state shows, and nothing twice: one feed a collection, debounced, cancelled, never stale. */
import type { Answer } from './api';
import { type CollectionId, codeProperty, collectionIds } from './collections';
import { ApiError } from './fetching';
import { serverFilter } from './filters/filter';
import { incidentPeriod } from './period';
import type { State } from './state';

export type Feed =
  | { readonly phase: 'off' }
  | { readonly phase: 'busy' }
  | { readonly phase: 'ready'; readonly answer: Answer }
  | { readonly phase: 'failed'; readonly error: ApiError };

export type FeedListener = (collection: CollectionId, feed: Feed) => void;
export type Fetch = (collection: CollectionId, query: string, signal: AbortSignal) => Promise<Answer>;

/** A drag of the slider passes hundreds of days; only where it rests is asked for. */
const debounceMilliseconds = 120;

/**
 * What to ask a collection, as a query, or null when it is not shown. Where a collection is a crowd, the server counts
 * it, and the filters are part of the question.
 */
export function question(state: State, collection: CollectionId, crowded = false): string | null {
  if (!state.layers.includes(collection)) return null;
  const asked = parametersOf(state, datetimeOf(state, collection));
  return withFilter(asked.toString(), crowded ? serverFilter(collection, state.filters) : null);
}

/** A query with a filter in CQL2 behind it. */
export function withFilter(asked: string, filter: string | null): string {
  return filter === null ? asked : `${asked}&${new URLSearchParams({ filter })}`;
}

/** The day a collection is shown for; incidents are shown for a period. */
export function datetimeOf(state: State, collection: CollectionId): string {
  if (codeProperty(collection) === 'status') return state.date;
  const { from, to } = incidentPeriod(state);
  return `${from}/${to}`;
}

/** What narrows every question about features of a time, whichever way out it takes. */
export function parametersOf(state: Pick<State, 'recorded'>, datetime: string): URLSearchParams {
  const parameters = new URLSearchParams({ datetime });
  if (state.recorded !== null) parameters.set('as-recorded', state.recorded);
  return parameters;
}

interface Running {
  asked: string | null;
  readonly abort: AbortController;
}

export class Feeds {
  readonly #running = new Map<CollectionId, Running>();
  readonly #busy = new Set<CollectionId>();
  readonly #failed = new Set<CollectionId>();
  /** The collections that were too many to be fetched when last asked. */
  readonly #crowded = new Set<CollectionId>();
  #waiting: (() => void)[] = [];

  constructor(
    readonly fetch: Fetch,
    readonly listener: FeedListener,
  ) {}

  update(state: State): void {
    for (const id of collectionIds) this.#ask(id, question(state, id, this.#crowded.has(id)), debounceMilliseconds);
  }

  /** Asks again for what failed. */
  retry(state: State): void {
    for (const id of [...this.#failed]) {
      this.#running.delete(id);
      this.#ask(id, question(state, id, this.#crowded.has(id)), 0);
    }
  }

  /**
   * Asks anew for what is shown of the collections, which have changed. What was answered stays until the new answer is
   * there, and if none comes. Resolves when all are answered or refused.
   */
  async refresh(state: State, changed: readonly CollectionId[]): Promise<void> {
    const renewed: Promise<void>[] = [];
    for (const id of changed) {
      const running = this.#running.get(id);
      if (!running || running.asked === null) continue;
      if (this.#busy.has(id) || this.#failed.has(id)) {
        running.abort.abort();
        this.#running.delete(id);
        this.#ask(id, question(state, id, this.#crowded.has(id)), 0);
      } else renewed.push(this.#renew(id, running.asked, running.abort.signal));
    }
    await Promise.all([...renewed, this.settled()]);
  }

  /** Whether what is asked of a collection has been answered. */
  answered(id: CollectionId): boolean {
    return this.#running.has(id) && !this.#busy.has(id) && !this.#failed.has(id);
  }

  /** Whether what is asked of any collection was refused. */
  get failing(): boolean {
    return this.#failed.size > 0;
  }

  async #renew(id: CollectionId, asked: string, signal: AbortSignal): Promise<void> {
    const answer = await this.fetch(id, asked, signal).catch(() => null);
    if (answer !== null && !signal.aborted) this.#publish(id, { phase: 'ready', answer });
  }

  /** Resolves when every question asked so far has been answered, refused or dropped. */
  settled(): Promise<void> {
    if (this.#busy.size === 0) return Promise.resolve();
    return new Promise(resolve => this.#waiting.push(resolve));
  }

  stop(): void {
    for (const { abort } of this.#running.values()) abort.abort();
  }

  #ask(id: CollectionId, asked: string | null, delay: number): void {
    const before = this.#running.get(id);
    if (before && before.asked === asked) return;
    before?.abort.abort();
    const abort = new AbortController();
    this.#running.set(id, { asked, abort });
    if (asked === null) {
      this.#publish(id, { phase: 'off' });
      return;
    }
    this.#publish(id, { phase: 'busy' });
    // The very first question need not wait for a drag to end.
    const timer = setTimeout(() => this.#run(id, asked, abort.signal), before ? delay : 0);
    abort.signal.addEventListener('abort', () => clearTimeout(timer));
  }

  async #run(id: CollectionId, asked: string, signal: AbortSignal): Promise<void> {
    try {
      const answer = await this.fetch(id, asked, signal);
      if (signal.aborted) return;
      const running = this.#running.get(id);
      const { crowd } = answer;
      // Whether filters are part of the question shows in its answer.
      if (running && crowd) running.asked = withFilter(crowd.asked, crowd.filter);
      this.#publish(id, { phase: 'ready', answer });
    } catch (error) {
      if (signal.aborted) return;
      this.#publish(id, {
        phase: 'failed',
        error: error instanceof ApiError ? error : new ApiError('unreadable', null, null),
      });
    }
  }

  #publish(id: CollectionId, feed: Feed): void {
    mark(this.#busy, id, feed.phase === 'busy');
    mark(this.#failed, id, feed.phase === 'failed');
    if (feed.phase === 'ready') mark(this.#crowded, id, feed.answer.crowd !== undefined);
    this.listener(id, feed);
    if (this.#busy.size > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

function mark(set: Set<CollectionId>, id: CollectionId, member: boolean): void {
  if (member) set.add(id);
  else set.delete(id);
}
