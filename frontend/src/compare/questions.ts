/** Asks what the two dates need: features of the other date, and the changes between them in view. */
import { fetchChanges, fetchItems } from '../api';
import type { CollectionId } from '../collections';
import { addDays, type Day } from '../dates';
import type { Feature } from '../feature';
import { parametersOf } from '../feeds';
import { ApiError } from '../fetching';
import type { State } from '../state';
import { readChanges, type WorldChange } from '../time/changes';
import { shownWithStatus } from '../time/in-view';

/** So many are listed; the list says when there are more. */
export const mostListed = 300;
const debounceMilliseconds = 200;

/** What is asked again only when it differs. */
export class Question<T> {
  #asked = '';
  #abort = new AbortController();

  constructor(
    readonly onAnswer: (answer: T) => void,
    readonly onError: (error: ApiError) => void,
  ) {}

  ask(asked: string, answer: (signal: AbortSignal) => Promise<T>): void {
    if (asked === this.#asked) return;
    this.#asked = asked;
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const timer = setTimeout(() => void this.#run(answer, signal), debounceMilliseconds);
    signal.addEventListener('abort', () => clearTimeout(timer));
  }

  stop(): void {
    this.#abort.abort();
  }

  async #run(ask: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<void> {
    try {
      const answer = await ask(signal);
      if (!signal.aborted) this.onAnswer(answer);
    } catch (error) {
      if (signal.aborted) return;
      this.#asked = ''; // the next look asks again
      this.onError(error instanceof ApiError ? error : new ApiError('unreadable', null, null));
    }
  }
}

export type OtherDate = ReadonlyMap<CollectionId, readonly Feature[]>;

export async function fetchOtherDate(state: State, date: Day, signal: AbortSignal): Promise<OtherDate> {
  const query = parametersOf(state, date).toString();
  const answers = shownWithStatus(state).map(async id => [id, (await fetchItems(id, query, signal)).features] as const);
  return new Map(await Promise.all(answers));
}

export interface Changes {
  readonly changes: readonly WorldChange[];
  readonly more: boolean;
}

/** The changes after the earlier date up to the later, or null where no layer shown has any. */
export function changesQuery(state: State, other: Day, box: string): string | null {
  const collections = shownWithStatus(state).join(',');
  const [earlier, later] = [state.date, other].sort() as [Day, Day];
  if (collections === '' || earlier === later) return null;
  const query = { from: addDays(earlier, 1), to: later, bbox: box, collections, limit: String(mostListed) };
  const parameters = new URLSearchParams(query);
  if (state.recorded !== null) parameters.set('as-recorded', state.recorded);
  return parameters.toString();
}

export async function fetchBetween(query: string | null, signal: AbortSignal): Promise<Changes> {
  if (query === null) return { changes: [], more: false };
  const { features = [], more } = await fetchChanges(query, signal);
  return { changes: readChanges(features), more };
}
