/** What a group consists of: in words, and one by one. */
import type * as L from 'leaflet';
import { type CollectionId, codeProperty } from '../collections';
import { sayHere } from '../details/several';
import { codeOf, type Feature, nameOf, text } from '../feature';
import { sayShares } from '../layers/cluster-mark';
import { label, t } from '../texts';
import type { Crowd } from './crowd';
import type { Group } from './group';
import { fetchWithin } from './questions';

/** The most features that are listed to choose from. */
const mostListed = 200;

/** The features of a group, from its tile where that names them, else those the server finds in its box. */
export async function membersOf(
  { spots }: Group,
  box: L.LatLngBounds,
  crowd: Crowd | null,
  signal: AbortSignal,
): Promise<readonly Feature[]> {
  if (spots.every(({ feature }) => feature !== null)) return spots.flatMap(({ feature }) => feature ?? []);
  if (!crowd) return [];
  const corners = [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()];
  // A list that does not come is not opened; the group stands there to be asked again.
  const { collection, asked, filter } = crowd;
  const within = fetchWithin(collection, corners, asked, filter, mostListed, signal).catch(() => null);
  return (await within)?.features ?? [];
}

/** A group in two lines: what it is, and what is in it. */
export function sayGroup(group: Group, collection: CollectionId): [string, string] {
  const kind = codeProperty(collection);
  const feature = group.spots[0]?.feature ?? null;
  if (group.count > 1) return [sayHere(collection, group.count), sayShares(group.shares, kind)];
  const code = Object.keys(group.shares)[0] ?? 'unknown';
  if (kind === 'status') return [feature ? nameOf(feature) : sayHere(collection, 1), sayStatus(collection, code)];
  const title = feature && text(feature.properties, 'title');
  const day = feature && text(feature.properties, 'start_date');
  return [title ?? sayHere(collection, 1), [label('category', code), day ?? []].flat().join(t('list.separator'))];
}

export function sayLine(feature: Feature, collection: CollectionId): [string, string] {
  return [nameOf(feature), sayStatus(collection, codeOf(feature))];
}

function sayStatus(collection: CollectionId, code: string): string {
  return `${label('layer', collection)}: ${label('status', code)}`;
}
