/** What a group consists of: in words, and one by one. */
import type * as L from 'leaflet';
import { type CollectionId, codeProperty } from '../collections';
import { type Day, sayDate } from '../dates';
import { sayHere } from '../details/several';
import { codeOf, type Feature, nameOf, text } from '../feature';
import { sayShares } from '../layers/cluster-mark';
import { type LookOf, sayCompared } from '../layers/look';
import { label, t } from '../texts';
import { differing } from './compared';
import type { Crowd } from './counts';
import type { Group } from './group';
import { boxAround, type PlacedGroup } from './group-places';
import type { PlacedLine } from './line-places';
import { fetchWithin } from './questions';

/** The most features that are listed to choose from. */
const mostListed = 200;

/** The features of a group, from its tile where that names them, else those the server finds in its cell. */
export async function membersOf(
  placed: PlacedGroup,
  latLngOf: (at: L.Point) => L.LatLng,
  crowd: Crowd | null,
  signal: AbortSignal,
): Promise<readonly Feature[]> {
  const { spots } = placed.group;
  if (spots.every(({ feature }) => feature !== null)) return spots.flatMap(({ feature }) => feature ?? []);
  if (!crowd) return [];
  const box = boxAround(placed, latLngOf);
  const corners = [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()];
  // A list that does not come is not opened; the group stands there to be asked again.
  const { collection, asked, filter } = crowd;
  const within = fetchWithin(collection, corners, asked, filter, mostListed, signal).catch(() => null);
  return (await within)?.features ?? [];
}

/** A group in two lines: what it is, and what is in it. other is the date it is held against. */
export function sayGroup(
  group: Group,
  collection: CollectionId,
  lookOf: LookOf,
  other: Day | null = null,
): [string, string] {
  const kind = codeProperty(collection);
  const feature = group.spots[0]?.feature ?? null;
  if (group.count > 1) {
    const shares = sayShares(group.shares, kind);
    if (other === null || kind !== 'status') return [sayHere(collection, group.count), shares];
    return [
      sayHere(collection, group.count),
      joined(shares, sayDiffering(differing(group, collection, lookOf), other)),
    ];
  }
  const code = Object.keys(group.shares)[0] ?? 'unknown';
  if (kind === 'status') {
    const compared = feature ? sayCompared(lookOf(collection, feature).compared) : '';
    return [feature ? nameOf(feature) : sayHere(collection, 1), joined(sayStatus(collection, code), compared)];
  }
  const title = feature && text(feature.properties, 'title');
  const day = feature && text(feature.properties, 'start_date');
  return [title ?? sayHere(collection, 1), [label('category', code), day ?? []].flat().join(t('list.separator'))];
}

export function sayLine(
  { feature, lookOf }: Pick<PlacedLine, 'feature' | 'lookOf'>,
  collection: CollectionId,
): [string, string] {
  const compared = sayCompared(lookOf(collection, feature).compared);
  return [nameOf(feature), joined(sayStatus(collection, codeOf(feature)), compared)];
}

/** What of a ring is not as on another date, or that this is not known of all of it. */
function sayDiffering(n: number | null, other: Day): string {
  if (n === null) return t('crowd.notCompared', { date: sayDate(other) });
  return n === 0 ? '' : t('crowd.differ', { n, date: sayDate(other) });
}

function joined(...parts: readonly string[]): string {
  return parts.filter(part => part !== '').join('. ');
}

function sayStatus(collection: CollectionId, code: string): string {
  return `${label('layer', collection)}: ${label('status', code)}`;
}
