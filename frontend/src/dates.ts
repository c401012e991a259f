/**
 * Calendar days as ISO texts (2022-05-01). They are days in UTC and nothing else: no function here asks the clock of
 * the reader's time zone, and no text goes through Date.parse, which reads some forms as local time.
 */
import type { Precision } from './feature';
import { sayDigits } from './language/numbers';
import { solarHijri } from './language/solar';
import { t } from './texts';

export type Day = string;

const millisecondsPerDay = 86_400_000;

export const firstDay: Day = '2000-01-01';

export function today(now: Date = new Date()): Day {
  return now.toISOString().slice(0, 10);
}

/** The number of days since 1970-01-01, or null where the text is no day of the calendar. */
export function dayNumber(text: string): number | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!match) return null;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  const time = Date.UTC(year, month - 1, day);
  // Date.UTC takes 30 February for 2 March.
  return new Date(time).toISOString().slice(0, 10) === text ? time / millisecondsPerDay : null;
}

export function dayOf(number: number): Day {
  return new Date(Math.round(number) * millisecondsPerDay).toISOString().slice(0, 10);
}

export function isDay(text: string): boolean {
  return dayNumber(text) !== null;
}

/** The same day of another month, or its last day where it has none: 31 January + 1 month = 28 February. */
export function addMonths(day: Day, months: number): Day {
  const [year, month, date] = day.split('-').map(Number) as [number, number, number];
  const first = Date.UTC(year, month - 1 + months, 1);
  const lastDate = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return dayOf(first / millisecondsPerDay + Math.min(date, lastDate) - 1);
}

export function addDays(day: Day, days: number): Day {
  const number = dayNumber(day);
  return number === null ? day : dayOf(number + days);
}

export function clampDay(day: Day, from: Day, to: Day): Day {
  return day < from ? from : day > to ? to : day;
}

/** A date in words, saying no more than its precision: "1 May 2022", "May 2022", "2022". */
export function sayDate(date: string, precision: Precision = 'day'): string {
  const match = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?/.exec(date);
  if (!match) return date;
  const [, year = '', month, day] = match;
  if (precision === 'year' || !month) return sayDigits(year);
  // Many languages bend the name of a month beside a day.
  if (precision === 'month' || !day) return t('date.month', { month: monthName(month), year: sayDigits(year) });
  const name = t(`monthOfDay.${Number(month)}` as 'monthOfDay.1');
  return t('date.day', { day: sayDigits(String(Number(day))), month: name, year: sayDigits(year) });
}

/** A day in words, with the reader's own calendar beside it where that is another. */
export function sayDayTwice(day: Day): string {
  const solar = solarHijri(day);
  return solar === null ? sayDate(day) : `${sayDate(day)} (${solar})`;
}

function monthName(month: string): string {
  return t(`month.${Number(month)}` as 'month.1');
}
