/** The Solar Hijri calendar with the months of Afghanistan, by which readers of Dari date. */
import { language } from './current';

const millisecondsPerDay = 86_400_000;

const formatOf = (numbers: 'arabext' | 'latn', month: 'long' | 'numeric') =>
  new Intl.DateTimeFormat(`fa-AF-u-ca-persian-nu-${numbers}`, {
    timeZone: 'UTC',
    day: 'numeric',
    month,
    year: 'numeric',
  });

function isDated(): boolean {
  return language().code === 'fa';
}

/**
 * A day of the Gregorian calendar in the Solar Hijri one, with the months of Afghanistan: ۱۱ ثور ۱۴۰۱. null in the
 * languages whose readers do not date by it. The day is an ISO date of a whole day.
 */
export function solarHijri(day: string): string | null {
  return isDated() ? formatOf('arabext', 'long').format(new Date(`${day}T00:00:00Z`)) : null;
}

/** The ISO date of a day of the Solar Hijri calendar; null where it has no such day, or the language does not date by it. */
export function fromSolarHijri(year: number, month: number, day: number): string | null {
  if (!isDated() || year < 1000 || month < 1 || month > 12) return null;
  const format = formatOf('latn', 'numeric');
  const guess = guessed(year, month, day);
  // The spring equinox moves the year by a day or two.
  for (let days = -2; days <= 2; days++) {
    const date = new Date(guess + days * millisecondsPerDay);
    const parts = new Map(format.formatToParts(date).map(({ type, value }) => [type, Number(value)]));
    const found = parts.get('year') === year && parts.get('month') === month && parts.get('day') === day;
    if (found) return date.toISOString().slice(0, 10);
  }
  return null;
}

/** The names of the months, from that of spring on. */
export function solarMonths(): string[] {
  if (!isDated()) return [];
  const format = formatOf('latn', 'long');
  return Array.from({ length: 12 }, (_, index) => {
    const parts = format.formatToParts(new Date(guessed(1400, index + 1, 15)));
    return parts.find(({ type }) => type === 'month')?.value ?? '';
  });
}

/** About when a day is, in milliseconds since 1970: six months of 31 days, then of 30, from 21 March on. */
function guessed(year: number, month: number, day: number): number {
  const before = month <= 7 ? (month - 1) * 31 : 6 * 31 + (month - 7) * 30;
  return Date.UTC(year + 621, 2, 21) + (before + day - 1) * millisecondsPerDay;
}
