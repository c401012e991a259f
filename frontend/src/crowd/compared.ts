/** How what a tile draws differs from another date, told from the tile of that date. */
import type { CollectionId } from '../collections';
import type { Day } from '../dates';
import { codeOf, type Feature } from '../feature';
import type { Compared, Look, LookOf } from '../layers/look';
import type { Group } from './group';
import type { Content } from './tile';

/** What a tile held on another date. */
export interface Before {
  readonly date: Day;
  /** By the ids it names. */
  readonly statuses: ReadonlyMap<string, string>;
  /** Whether it counts others that it does not name: of what is not among the names nothing is known then. */
  readonly counted: boolean;
}

export function beforeOf(date: Day, { spots, lines }: Content): Before {
  const named = [...spots.flatMap(({ feature }) => feature ?? []), ...lines.map(({ feature }) => feature)];
  return {
    date,
    statuses: new Map(named.map(feature => [feature.id, codeOf(feature)])),
    counted: spots.some(({ feature }) => feature === null),
  };
}

/** Undefined where it is not known. */
export function comparedWith({ date, statuses, counted }: Before, feature: Feature): Compared | undefined {
  const status = statuses.get(feature.id) ?? null;
  if (status === null && counted) return undefined;
  return status === codeOf(feature) ? 'same' : { date, status };
}

/** The looks of what a tile draws, held against another date where there is one. */
export function comparing(lookOf: LookOf, before: Before | null): LookOf {
  if (before === null) return lookOf;
  return (collection: CollectionId, feature: Feature): Look => ({
    ...lookOf(collection, feature),
    compared: comparedWith(before, feature),
  });
}

/** How many of a group are not as on the other date; null where that is not known of all, or not asked. */
export function differing(group: Group, collection: CollectionId, lookOf: LookOf): number | null {
  let n = 0;
  for (const { feature } of group.spots) {
    const compared = feature === null ? undefined : lookOf(collection, feature).compared;
    if (compared === undefined) return null;
    if (compared !== 'same') n++;
  }
  return n;
}
