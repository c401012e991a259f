import { language } from './current';

const format = () =>
  new Intl.DateTimeFormat('fa-AF-u-ca-persian-nu-arabext', {
    timeZone: 'UTC',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  });

/**
 * A day of the Gregorian calendar in the Solar Hijri one, with the months of Afghanistan: ۱۱ ثور ۱۴۰۱. null in the
 * languages whose readers do not date by it. The day is an ISO date of a whole day.
 */
export function solarHijri(day: string): string | null {
  if (language().code !== 'fa') return null;
  return format().format(new Date(`${day}T00:00:00Z`));
}
