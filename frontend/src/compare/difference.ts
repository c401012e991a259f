/** What differs between the features of two dates. */
import type { CollectionId } from '../collections';
import type { Day } from '../dates';
import { codeOf, type Feature } from '../feature';
import { type Filters, noFilters, passes } from '../filters/filter';
import { keyOf } from '../layers/drawn';
import type { Compared } from '../layers/look';

export type Answers = ReadonlyMap<CollectionId, readonly Feature[]>;

/**
 * Every feature of the as-of date that the filters leave, held against the other. Only collections that were answered
 * for both count.
 */
export function differences(
  now: Answers,
  then: Answers,
  date: Day,
  filters: Filters = noFilters,
): ReadonlyMap<string, Compared> {
  const found = new Map<string, Compared>();
  for (const [collection, features] of now) {
    const others = then.get(collection);
    if (!others) continue;
    const before = new Map(others.map(feature => [feature.id, codeOf(feature)]));
    for (const feature of features) {
      if (!passes(filters, collection, feature)) continue;
      const status = before.get(feature.id) ?? null;
      found.set(keyOf(collection, feature), status === codeOf(feature) ? 'same' : { date, status });
    }
  }
  return found;
}

export function countDifferent(found: ReadonlyMap<string, Compared>): number {
  return [...found.values()].filter(compared => compared !== 'same').length;
}
