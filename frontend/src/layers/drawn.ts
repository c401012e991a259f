import type * as L from 'leaflet';
import type { CollectionId } from '../collections';
import type { Feature, ItemKey } from '../feature';
import type { Drawing } from '../filters/filtered';
import type { Offset } from './mark-icon';

/** A mark's point, by how many pixels its middle stands off it, and how far the mark reaches around that. */
export interface MarkPlace {
  readonly at: L.LatLng;
  readonly offset: Offset;
  readonly reach: number;
}

/** A collection as it stands on the map. Each keeps what it added, and takes it away again. */
export interface Drawn {
  /** Where its marks stand just now, so that names can keep clear of them. */
  places(): MarkPlace[];
  draw(drawing: Drawing, offsets: ReadonlyMap<string, Offset>): void;
  remove(): void;
}

export type Select = (key: ItemKey) => void;

/** Features of a collection that no zoom can part, to choose one from. */
export type SelectSeveral = (collection: CollectionId, features: readonly Feature[], at: L.LatLng) => void;

export function keyOf(collection: CollectionId, feature: Feature): string {
  return `${collection}/${feature.id}`;
}
