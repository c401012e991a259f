/** Reads a vector tile of incidents. Only here is the format known. */
import { VectorTile, type VectorTileFeature } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import type { Shares } from '../layers/cluster-mark';

/** One incident, or several that the server counted together. */
export interface Spot {
  /** Pixels from the tile's north-west corner. */
  readonly x: number;
  readonly y: number;
  readonly count: number;
  readonly shares: Shares;
  /** Of one incident alone. */
  readonly id: string | null;
  readonly title: string | null;
  readonly date: string | null;
}

const countPrefix = 'count_';

/** The incidents of a tile that lie within it; those in its buffer belong to its neighbours. */
export function readTile(bytes: ArrayBuffer, tileSize: number): Spot[] {
  const layer = new VectorTile(new PbfReader(bytes)).layers.incidents;
  if (!layer) return [];
  const spots: Spot[] = [];
  for (let i = 0; i < layer.length; i++) {
    const spot = spotOf(layer.feature(i), tileSize / layer.extent);
    if (spot && spot.x >= 0 && spot.y >= 0 && spot.x < tileSize && spot.y < tileSize) spots.push(spot);
  }
  return spots;
}

function spotOf(feature: VectorTileFeature, scale: number): Spot | null {
  const at = feature.loadGeometry()[0]?.[0];
  if (!at) return null;
  const { properties } = feature;
  const place = { x: at.x * scale, y: at.y * scale };
  const count = properties.count;
  if (typeof count === 'number')
    return { ...place, count, shares: sharesOf(properties), id: null, title: null, date: null };
  const text = (name: string) => (typeof properties[name] === 'string' ? properties[name] : null);
  const shares = { [text('category') ?? 'unknown']: 1 };
  return { ...place, count: 1, shares, id: text('id'), title: text('title'), date: text('start_date') };
}

function sharesOf(properties: Readonly<Record<string, unknown>>): Shares {
  const shares: Record<string, number> = {};
  for (const [name, n] of Object.entries(properties)) {
    if (name.startsWith(countPrefix) && typeof n === 'number') shares[name.slice(countPrefix.length)] = n;
  }
  return shares;
}
