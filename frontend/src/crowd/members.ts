/** What a group consists of: in words, and one by one. */
import type * as L from 'leaflet';
import type { Feature } from '../feature';
import { sayShares } from '../layers/cluster-mark';
import { sayNumber } from '../quantity';
import { label, t } from '../texts';
import type { Crowd } from './crowd';
import type { Group } from './group';
import { fetchWithin } from './questions';
import type { Spot } from './tile';

/** The most incidents that are listed to choose from. */
const mostListed = 200;

/** The incidents of a group, from its tile where that names them, else those the server finds in its box. */
export async function membersOf(
  { spots }: Group,
  box: L.LatLngBounds,
  crowd: Crowd | null,
  signal: AbortSignal,
): Promise<readonly Feature[]> {
  if (spots.every(({ id }) => id !== null)) return spots.map(featureOf);
  if (!crowd) return [];
  const corners = [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()];
  // A list that does not come is not opened; the group stands there to be asked again.
  return fetchWithin(corners, crowd.asked, crowd.filter, mostListed, signal).catch(() => []);
}

/** A group in two lines: what it is, and what is in it. */
export function sayGroup(group: Group): [string, string] {
  const [first] = group.spots;
  if (group.count > 1) return [t('item.several', { n: sayNumber(group.count) }), sayShares(group.shares)];
  const category = label('category', Object.keys(group.shares)[0] ?? 'unknown');
  return [first?.title ?? t('item.several', { n: 1 }), [category, first?.date ?? []].flat().join(t('list.separator'))];
}

function featureOf({ id, title, date, shares }: Spot): Feature {
  const category = Object.keys(shares)[0] ?? null;
  return { id: id ?? '', geometry: null, properties: { title, category, start_date: date } };
}
