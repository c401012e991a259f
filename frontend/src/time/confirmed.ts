/**
 * When a status was last confirmed. A status whose end is known, or that is documented up to a day, is documented on
 * each day it is shown for. One of which only no later change was found is as old as the newest thing that tells of it:
 * its own first day, or the newest publication among its sources. The day a source was read confirms nothing.
 */
import { addDays, addMonths, type Day, dayNumber, sayDate } from '../dates';
import { type Feature, type Item, list, type Precision, text } from '../feature';
import { t } from '../texts';

export interface Confirmed {
  /** As the newest source gives it: a day, a month or a year. */
  readonly on: string;
  readonly precision: Precision;
  /** Full years from then to the date; 0 where it was confirmed later than the date. */
  readonly years: number;
}

/** The days on which sources were published, by id, as they give them; null where they give none. */
export type Published = ReadonlyMap<string, string | null>;

/** Ids of the sources that tell when a status was last confirmed; none where it does not matter. */
export function confirmingSources({ properties }: Feature): string[] {
  return text(properties, 'status_basis') === 'ongoing' ? list(properties, 'status_sources') : [];
}

/** Null where nothing is documented, where the status cannot age, and while a source is still to be asked for. */
export function lastConfirmed(feature: Feature, date: Day, published: Published): Confirmed | null {
  const { properties } = feature;
  const since = text(properties, 'status_since');
  const ids = confirmingSources(feature);
  if (since === null || text(properties, 'status_basis') !== 'ongoing') return null;
  if (ids.some(id => !published.has(id))) return null;
  const sincePrecision = (text(properties, 'status_since_precision') ?? 'day') as Precision;
  const dates = ids.flatMap(id => published.get(id) ?? []).filter(isPartial);
  const all = [{ on: since, precision: sincePrecision }, ...dates.map(on => ({ on, precision: precisionOf(on) }))];
  const newest = all.reduce((a, b) => (lastDay(b) > lastDay(a) ? b : a));
  return { ...newest, years: fullYears(lastDay(newest), date) };
}

/** What the details say; null where there is nothing to say. */
export function sayConfirmed(item: Item, date: Day): string | null {
  const published = new Map(item.sources.map(({ id, published }) => [id, published]));
  for (const id of confirmingSources(item)) if (!published.has(id)) published.set(id, null);
  const confirmed = lastConfirmed(item, date, published);
  if (confirmed === null) return null;
  const on = sayDate(confirmed.on, confirmed.precision);
  if (confirmed.years < 1) return t('fade.confirmed', { date: on });
  return t('fade.confirmedBefore', { date: on, n: confirmed.years });
}

function isPartial(date: string): boolean {
  return /^\d{4}(-\d{2}){0,2}$/.test(date);
}

function precisionOf(date: string): Precision {
  return date.length === 4 ? 'year' : date.length === 7 ? 'month' : 'day';
}

/** The last day a date can mean, so that nothing is called older than is certain. */
function lastDay({ on, precision }: { readonly on: string; readonly precision: Precision }): Day {
  if (precision === 'year') return `${on.slice(0, 4)}-12-31`;
  return precision === 'month' ? addDays(addMonths(`${on.slice(0, 7)}-01`, 1), -1) : on;
}

function fullYears(from: Day, to: Day): number {
  if (dayNumber(from) === null || to <= from) return 0;
  const years = Number(to.slice(0, 4)) - Number(from.slice(0, 4));
  return addMonths(from, years * 12) <= to ? years : years - 1;
}
