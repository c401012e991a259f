/** Asks what the two dates need: features of the other date, and the changes between them in view. */
import { fetchItems } from '../api';
import type { CollectionId } from '../collections';
import { addDays, type Day } from '../dates';
import type { Feature } from '../feature';
import { parametersOf } from '../feeds';
import { ApiError } from '../fetching';
import type { State } from '../state';
import { changeQuestions, shownWithStatus } from '../time/change-questions';

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

/** Crowds are left out: what is too large to be fetched for one date is so for two. */
export async function fetchOtherDate(
  state: State,
  date: Day,
  crowds: ReadonlySet<CollectionId>,
  signal: AbortSignal,
): Promise<OtherDate> {
  const query = parametersOf(state, date).toString();
  const whole = shownWithStatus(state).filter(id => !crowds.has(id));
  const answers = whole.map(async id => [id, (await fetchItems(id, query, signal)).features] as const);
  return new Map(await Promise.all(answers));
}

/** The changes after the earlier date up to the later; no question where there can be none. */
export function changesBetween(state: State, other: Day, box: string): string[] {
  const [earlier, later] = [state.date, other].sort() as [Day, Day];
  if (earlier === later) return [];
  return changeQuestions(state, { from: addDays(earlier, 1), to: later }, box, mostListed);
}
