/** Learns when sources were published: each is asked for once for each instant of the record. */
import { fetchSources } from '../api';
import type { Published } from './confirmed';

/** The server tells of so many at once. */
const most = 200;

/** Collections answer one after the other; their sources are asked for together. */
const gatherMilliseconds = 100;

export class SourceDates {
  #known = new Map<string, string | null>();
  readonly #wanted = new Set<string>();
  #recorded: string | null = null;
  #question = new AbortController();
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    readonly onLearnt: () => void,
    readonly fetch: typeof fetchSources = fetchSources,
    /** Nothing is asked before: on a slow line the map itself comes first. */
    readonly ready: Promise<unknown> = Promise.resolve(),
  ) {}

  get published(): Published {
    return this.#known;
  }

  /** Another record may tell otherwise: what is known is forgotten. */
  setRecorded(recorded: string | null): void {
    if (recorded === this.#recorded) return;
    this.stop();
    this.#recorded = recorded;
    this.#known = new Map();
    this.#wanted.clear();
    this.#question = new AbortController();
  }

  want(ids: readonly string[]): void {
    for (const id of ids) if (!this.#known.has(id)) this.#wanted.add(id);
    if (this.#wanted.size > 0) this.#timer ??= setTimeout(() => void this.#ask(), gatherMilliseconds);
  }

  stop(): void {
    this.#question.abort();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** A refusal leaves the ids unknown: what is not known does not fade, and is asked for with the next answer. */
  async #ask(): Promise<void> {
    const { signal } = this.#question;
    await this.ready;
    if (signal.aborted) return;
    // In one order, whatever order the answers came in: it is then the question that is kept for when there is no server.
    const wanted = [...this.#wanted].sort();
    this.#wanted.clear();
    this.#timer = null;
    for (let at = 0; at < wanted.length; at += most) {
      const ids = wanted.slice(at, at + most);
      const sources = await this.fetch(ids, this.#recorded, signal).catch(() => null);
      if (signal.aborted || sources === null) return;
      for (const id of ids) this.#known.set(id, null);
      for (const { id, published } of sources) this.#known.set(id, published);
    }
    this.onLearnt();
  }
}
