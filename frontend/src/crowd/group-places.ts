/** Where the marks of the tiles in sight stand, in pixels of the whole map. */
import * as L from 'leaflet';
import type { CollectionId } from '../collections';
import type { Feature } from '../feature';
import type { MarkPlace } from '../layers/drawn';
import type { LookOf } from '../layers/look';
import { cellSize, type Group } from './group';
import { reachOf } from './paint';
import type { Placed } from './tile-grid';

export interface PlacedGroup {
  readonly group: Group;
  readonly at: L.Point;
  readonly lookOf: LookOf;
}

export function placeGroups(groups: readonly Placed<Group>[]): PlacedGroup[] {
  return groups.map(({ it, corner, lookOf }) => ({ group: it, at: corner.add([it.x, it.y]), lookOf }));
}

/** The mark at a position, within some more pixels. */
export function underGroup(
  groups: readonly PlacedGroup[],
  collection: CollectionId,
  at: L.Point,
  slack: number,
): PlacedGroup | undefined {
  return groups.find(({ group, at: middle }) => middle.distanceTo(at) <= reachOf(group, collection) + slack);
}

/** What stands alone on its mark; null where it is several, or the tile does not name it. */
export function aloneIn({ count, spots }: Group): Feature | null {
  return count === 1 ? (spots[0]?.feature ?? null) : null;
}

/** What stands alone, with its place: a tile gives its points no geometry. */
export function singlesOf(groups: readonly PlacedGroup[], latLngOf: (at: L.Point) => L.LatLng): Feature[] {
  return groups.flatMap(({ group, at }) => {
    const feature = aloneIn(group);
    if (!feature) return [];
    const { lat, lng } = latLngOf(at);
    return { ...feature, geometry: { type: 'Point', coordinates: [lng, lat] } };
  });
}

/** How far each mark reaches, for names to keep clear of it. */
export function marksOf(
  groups: readonly PlacedGroup[],
  collection: CollectionId,
  latLngOf: (at: L.Point) => L.LatLng,
): MarkPlace[] {
  return groups.map(({ group, at }) => ({ at: latLngOf(at), offset: [0, 0], reach: reachOf(group, collection) }));
}

/** Names a mark: one keeps its name at every zoom, a ring is that of its cell. */
export function nameOfGroup({ group, at }: PlacedGroup, zoom: number): string {
  const { x, y } = at.divideBy(cellSize).floor();
  return aloneIn(group)?.id ?? `${zoom}/${x}/${y}`;
}

/** West, south, east, north of the cell around a mark. */
export function boxAround({ at }: PlacedGroup, latLngOf: (at: L.Point) => L.LatLng): L.LatLngBounds {
  const half = cellSize / 2;
  return L.latLngBounds(latLngOf(at.add([-half, half])), latLngOf(at.add([half, -half])));
}
