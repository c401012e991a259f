/** The stretch of days that the timeline shows: all of them, or some years around the as-of date. */
import { addMonths, type Day, dayNumber, dayOf, sayDate } from '../dates';

export interface Span {
  readonly from: Day;
  readonly to: Day;
}

/** Years around the date; null is everything. */
export const zooms = { all: null, five: 5, one: 1 } as const;

export type Zoom = keyof typeof zooms;

/** How near an end of the window the date may come before the window moves with it. */
const margin = 0.05;

/** The window of a zoom. It stays where it was while the date is well inside, so that it does not swim under the hand. */
export function windowOf(zoom: Zoom, date: Day, all: Span, before: Span | null): Span {
  const years = zooms[zoom];
  if (years === null) return all;
  if (before && holds(before, date, all)) return before;
  const days = Math.round(years * 365.25);
  const [first, last] = [numberOf(all.from), numberOf(all.to)];
  const from = Math.max(first, Math.min(numberOf(date) - Math.round(days / 2), last - days));
  return { from: dayOf(from), to: dayOf(Math.min(from + days, last)) };
}

/** An end of the window is no end where there is nothing beyond it. */
function holds(span: Span, date: Day, all: Span): boolean {
  const share = shareOf(span, date);
  const afterStart = span.from === all.from ? share >= 0 : share >= margin;
  const beforeEnd = span.to === all.to ? share <= 1 : share <= 1 - margin;
  return afterStart && beforeEnd;
}

/** Where a day stands in a span, from 0 at its first day to 1 at its last; outside it less or more. */
export function shareOf(span: Span, day: Day): number {
  const [from, to] = [numberOf(span.from), numberOf(span.to)];
  return to === from ? 0 : (numberOf(day) - from) / (to - from);
}

export interface Pip {
  readonly day: Day;
  readonly label: string;
}

/** The dates written under the slider: every fifth year, every year, or every third month. */
export function pipsOf({ from, to }: Span): Pip[] {
  const years = (numberOf(to) - numberOf(from)) / 365.25;
  const months = years > 12 ? 60 : years > 2 ? 12 : 3;
  const pips: Pip[] = [];
  for (let day = roundUp(from, months); day <= to; day = addMonths(day, months)) {
    pips.push({ day, label: sayDate(day, months < 12 ? 'month' : 'year') });
  }
  return pips;
}

/** The first day of a year or a quarter, from which steps of so many months come out even. */
function roundUp(day: Day, months: number): Day {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const count = year * 12 + month - 1 + (date > 1 ? 1 : 0);
  const even = Math.ceil(count / months) * months;
  return `${Math.floor(even / 12)}-${String((even % 12) + 1).padStart(2, '0')}-01`;
}

function numberOf(day: Day): number {
  return dayNumber(day) ?? 0;
}
