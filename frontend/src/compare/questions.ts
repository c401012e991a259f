/** Asks what the two dates need: features of the other date, and the changes between them in view. */
import { fetchItems } from '../api';
import type { CollectionId } from '../collections';
import { addDays, type Day } from '../dates';
import type { Feature } from '../feature';
import { parametersOf } from '../feeds';
import type { State } from '../state';
import { changeQuestions, shownWithStatus } from '../time/change-questions';

/** So many are listed; the list says when there are more. */
export const mostListed = 300;

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
