import { codeProperty } from '../collections';
import { firstDayOf, lastDayOf } from '../dates';
import { type Precision, type Properties, text } from '../feature';
import { incidentPeriod, type Period } from '../period';
import type { State } from '../state';
import type { Entry } from './entries';

/** Whether the map shows an entry at the date, or in the period of the incidents, by the server's own rule. */
export function isThere(entry: Entry, state: Pick<State, 'date' | 'period'>): boolean {
  if (codeProperty(entry.key.collection) === 'category') {
    return touches(
      entry.properties,
      ['start_date', 'start_precision', 'end_date', 'end_precision'],
      incidentPeriod(state),
    );
  }
  const names = ['valid_from', 'valid_from_precision', 'valid_to', 'valid_to_precision'] as const;
  return touches(entry.properties, names, { from: state.date, to: state.date });
}

type Names = readonly [from: string, fromPrecision: string, to: string, toPrecision: string];

/** A lifetime may touch a period where its dates, as exact as they are known, allow it; one without dates always does. */
function touches(properties: Properties, [from, fromPrecision, to, toPrecision]: Names, period: Period): boolean {
  const first = text(properties, from);
  const last = text(properties, to);
  const begins = first === null || firstDayOf(first, text(properties, fromPrecision) as Precision | null) <= period.to;
  return begins && (last === null || lastDayOf(last, text(properties, toPrecision) as Precision | null) >= period.from);
}
