import { addDays, addMonths, type Day } from '../dates';
import type { Period } from '../period';

/** The days for which closures are counted at first: the twelve months up to a date. */
export function firstSpan(date: Day): Period {
  return { from: addDays(addMonths(date, -12), 1), to: date };
}
