import type { fetchNear, Times } from '../api';
import type { Day } from '../dates';
import type { ItemKey } from '../feature';
import type { Period } from '../period';
import type { State } from '../state';
import type { Kept } from './kept';

/** What details can ask of the page. */
export interface DetailActions {
  /** Opens another item, or closes the details. */
  readonly select: (key: ItemKey | null) => void;
  readonly setDate: (date: Day) => void;
  /** How far around items incidents are looked for, in metres. */
  readonly setNear: (metres: number) => void;
}

/** What details are shown with, beside the item itself. */
export interface DetailContext {
  readonly date: Day;
  /** The instant whose record is asked. */
  readonly recorded: string | null;
  readonly today: Day;
  /** The period whose incidents the map shows. */
  readonly incidents: Period;
  readonly kept: Kept;
  readonly actions: DetailActions;
  readonly near: typeof fetchNear;
  /** Aborted when the item is closed. */
  readonly signal: AbortSignal;
}

/** Whether details are asked for the same dates in both. */
export function sameClocks(state: State, previous: State | null): boolean {
  const { date, period, recorded } = state;
  return date === previous?.date && period === previous.period && recorded === previous.recorded;
}

/** What one item is asked for: an incident is of its own time, not of the as-of date. */
export function timesOf(
  { collection }: ItemKey,
  { date, recorded }: { readonly date: Day; readonly recorded: string | null },
): Times {
  return { datetime: collection === 'incidents' ? null : date, recorded };
}
