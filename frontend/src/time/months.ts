/** Counts of incidents by month, as the timeline draws them. */
import type { MonthCount } from '../api';
import { addDays, addMonths, type Day } from '../dates';
import { type Span, shareOf } from './span';

export interface Bar {
  /** "2021-05". */
  readonly month: string;
  readonly count: number;
  /** Where the month begins and ends in the window, from 0 to 1. */
  readonly from: number;
  readonly to: number;
}

const monthPattern = /^\d{4}-\d{2}$/;

/** The months of a window, each with its count; a month without incidents has none. */
export function barsOf(counts: readonly MonthCount[], span: Span): Bar[] {
  const byMonth = new Map(counts.map(({ value, count }) => [value, count]));
  const bars: Bar[] = [];
  for (let day = `${span.from.slice(0, 7)}-01`; day <= span.to; day = addMonths(day, 1)) {
    const month = day.slice(0, 7);
    const [from, to] = [shareOf(span, day), shareOf(span, addMonths(day, 1))];
    bars.push({ month, count: byMonth.get(month) ?? 0, from: Math.max(from, 0), to: Math.min(to, 1) });
  }
  return bars;
}

/** Incidents of which no month is known; they stand in no bar, and the caption says how many there are. */
export function undated(counts: readonly MonthCount[]): number {
  return counts.filter(({ value }) => !monthPattern.test(value ?? '')).reduce((sum, { count }) => sum + count, 0);
}

export function lastDayOf(month: string): Day {
  return addDays(addMonths(`${month}-01`, 1), -1);
}
