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

/** The first day that a date of a precision can mean. */
export function firstDayOf(date: Day, precision: Precision | null): Day {
  if (precision === 'year') return `${date.slice(0, 4)}-01-01`;
  return precision === 'month' ? `${date.slice(0, 7)}-01` : date;
}

/** The last day that a date of a precision can mean. */
export function lastDayOf(date: Day, precision: Precision | null): Day {
  if (precision === 'year') return `${date.slice(0, 4)}-12-31`;
  return precision === 'month' ? addDays(addMonths(`${date.slice(0, 7)}-01`, 1), -1) : date;
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

/** A day in numbers, as a field for dates has it: 2022-05-01, 01.05.2022, ۲۰۲۲/۰۵/۰۱. */
export function sayField(day: Day): string {
  const [year = '', month = '', date = ''] = day.split('-').map(sayDigits);
  return t('date.field', { year, month, day: date });
}

/** A day in words, with the reader's own calendar beside it where that is another. */
export function sayDayTwice(day: Day): string {
  const solar = solarHijri(day);
  return solar === null ? sayDate(day) : `${sayDate(day)} (${solar})`;
}

function monthName(month: string): string {
  return t(`month.${Number(month)}` as 'month.1');
}

const moment =
  /^(\d{4}-\d{2}-\d{2})T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

/** An RFC 3339 instant (seconds may be missing) in UTC to the second, or null where the text is none. */
export function momentOf(text: string): string | null {
  const [, day] = moment.exec(text) ?? [];
  if (!day || !isDay(day)) return null;
  // The zone is always there, so nothing is read in the reader's own.
  return `${new Date(text.toUpperCase()).toISOString().slice(0, 19)}Z`;
}

/** An instant in words: "1 May 2026, 12:00 UTC". */
export function sayMoment(text: string): string {
  return t('recorded.moment', { date: sayDate(text), time: sayDigits(text.slice(11, 16)) });
}
