/**
 * Reads a day, or a time of it, as people write one: 2022-05-01, 1.5.2022, 1 May 2022, 1 мая 2022, ۱۱ ثور ۱۴۰۱. Digits of any of the
 * languages count, and months by their names in the language of the page and in English, or by three letters of them.
 */
import { type Day, isDay } from './dates';
import { language } from './language/current';
import { fromSolarHijri, solarMonths } from './language/solar';
import { t } from './texts';
import { english } from './texts.en';

const months = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] as const;

/** No reader means a year of the Gregorian calendar by one below; the Solar Hijri calendar is in its fifteenth century. */
const firstGregorian = 1600;

/** The one day that a text names, or null: also where it could be either of two, as 5/1/2022 in English. */
export function readDay(text: string): Day | null {
  const plain = unified(text);
  const numbers = (plain.match(/\d+/g) ?? []).map(Number);
  const words = plain.match(/\p{L}+/gu) ?? [];
  if (words.length > 0) return named(words, numbers);
  const [compact] = plain.match(/^\d{8}$/) ?? [];
  if (compact) return dayIn([compact.slice(0, 4), compact.slice(4, 6), compact.slice(6)].map(Number));
  const [first = 0, second = 0, third = 0] = numbers;
  if (numbers.length !== 3) return null;
  if (first > 31) return dayIn(numbers);
  return monthFirst(plain, first, second) ? dayIn([third, first, second]) : dayFirst(plain, numbers);
}

/** A time of day as 12:05:00, from hours and minutes or seconds too; null where the text is none. */
export function readTime(text: string): string | null {
  const [, hours = '', minutes = '', seconds = '00'] =
    /^(\d|[01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(unified(text)) ?? [];
  return hours === '' ? null : `${hours.padStart(2, '0')}:${minutes}:${seconds}`;
}

/** Latin digits, small letters, one form of each letter, and nothing that only steers the direction of writing. */
function unified(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[۰-۹]/g, digit => String(digit.charCodeAt(0) - 0x06f0))
    .replace(/[٠-٩]/g, digit => String(digit.charCodeAt(0) - 0x0660))
    .replace(/ي/g, 'ی')
    .replace(/ك/g, 'ک')
    .replace(/\p{Cf}/gu, '')
    .toLowerCase()
    .trim();
}

/** A day by the name of its month, which stands before the day or after it. */
function named(words: readonly string[], numbers: readonly number[]): Day | null {
  const [year = 0, day = 0] = [...numbers].sort((a, b) => b - a);
  if (numbers.length !== 2) return null;
  const names = year < firstGregorian ? [solarMonths()] : gregorianMonths();
  const found = new Set(words.flatMap(word => names.flatMap(list => monthsBy(word, list))));
  const [month = 0] = found;
  return found.size === 1 ? dayIn([year, month, day]) : null;
}

function gregorianMonths(): string[][] {
  return [
    months.map(n => unified(t(`monthOfDay.${n}`))),
    months.map(n => unified(t(`month.${n}`))),
    months.map(n => english[`month.${n}`].toLowerCase()),
  ];
}

/** The month whose name a word is, else those whose names it begins. */
function monthsBy(word: string, names: readonly string[]): number[] {
  const exact = names.indexOf(word);
  if (exact >= 0) return [exact + 1];
  return word.length < 3 ? [] : months.filter(n => names[n - 1]?.startsWith(word));
}

/** With strokes, English writes the month first on one side of an ocean and the day on the other. */
function strokes(plain: string): boolean {
  return plain.includes('/') && language().code === 'en';
}

function monthFirst(plain: string, first: number, second: number): boolean {
  return strokes(plain) && second > 12 && first <= 12;
}

function dayFirst(plain: string, [day = 0, month = 0, year = 0]: readonly number[]): Day | null {
  const twoWays = strokes(plain) && day <= 12 && day !== month;
  return twoWays ? null : dayIn([year, month, day]);
}

/** A day of the Gregorian calendar, or of the one that readers of Dari date by, where the year is of that. */
function dayIn([year = 0, month = 0, day = 0]: readonly number[]): Day | null {
  if (year < firstGregorian) return fromSolarHijri(year, month, day);
  const two = (n: number) => String(n).padStart(2, '0');
  const text = `${year}-${two(month)}-${two(day)}`;
  return isDay(text) ? text : null;
}
