import { addDays, addMonths, type Day } from './dates';

export interface Period {
  readonly from: Day;
  readonly to: Day;
}

/** How far back incidents are shown from the as-of date, unless the reader sets a period. */
export const incidentMonths = 12;

/** The twelve months up to a date, its own day included. */
export function monthsUpTo(date: Day): Period {
  return { from: addDays(addMonths(date, -incidentMonths), 1), to: date };
}

/** The one rule for which incidents are shown: the reader's period, else the twelve months up to the as-of date. */
export function incidentPeriod(state: { readonly date: Day; readonly period: Period | null }): Period {
  return state.period ?? monthsUpTo(state.date);
}
