/** What to ask about changes of what is shown, under the reader's filters. */
import { fetchChanges } from '../api';
import { type CollectionId, codeProperty } from '../collections';
import type { Day } from '../dates';
import { serverFilter } from '../filters/filter';
import type { State } from '../state';
import { statusOrder } from '../style/status';
import { readChanges, type WorldChange } from './changes';

/** The collections that are shown and have a status. */
export function shownWithStatus(state: Pick<State, 'layers'>): CollectionId[] {
  return state.layers.filter(id => codeProperty(id) === 'status');
}

/** Days, both included. */
export interface Window {
  readonly from: Day;
  readonly to: Day;
}

type Asking = Pick<State, 'layers' | 'filters' | 'recorded'>;

/**
 * The changes of a window in a box (west, south, east, north): one question for all collections that are narrowed alike,
 * none where no layer shown has any. A status that is filtered by is one that changes come from or lead to.
 */
export function changeQuestions(state: Asking, { from, to }: Window, box: string, limit: number): string[] {
  const statuses = state.filters.status.filter(status => statusOrder.includes(status));
  // What was chosen in an address and is no status leaves nothing.
  if (statuses.length < state.filters.status.length && statuses.length === 0) return [];
  const alike = new Map<string | null, CollectionId[]>();
  for (const id of shownWithStatus(state)) {
    const filter = serverFilter(id, state.filters, 'status');
    alike.set(filter, [...(alike.get(filter) ?? []), id]);
  }
  return [...alike].map(([filter, ids]) => {
    const query = new URLSearchParams({ from, to, bbox: box, collections: ids.join(), limit: String(limit) });
    if (statuses.length > 0) query.set('status', statuses.join());
    if (filter !== null) query.set('filter', filter);
    if (state.recorded !== null) query.set('as-recorded', state.recorded);
    return query.toString();
  });
}

export interface Changes {
  /** In order of their days. */
  readonly changes: readonly WorldChange[];
  /** There were more than the server tells at once. */
  readonly more: boolean;
}

export async function askChanges(questions: readonly string[], signal: AbortSignal): Promise<Changes> {
  const answers = await Promise.all(questions.map(query => fetchChanges(query, signal)));
  const changes = answers.flatMap(({ features = [] }) => readChanges(features));
  return {
    changes: changes.sort((a, b) => (a.day < b.day ? -1 : Number(a.day > b.day))),
    more: answers.some(({ more }) => more),
  };
}
