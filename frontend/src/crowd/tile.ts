/** Reads a vector tile of one collection. Only here is the format known. */
import { VectorTile, type VectorTileFeature } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import type { CollectionId } from '../collections';
import { codeOf, type Feature } from '../feature';
import type { Shares } from '../layers/cluster-mark';

/** Pixels from the tile's north-west corner. */
export interface Pixel {
  readonly x: number;
  readonly y: number;
}

/** One point, or several that the server counted together. */
export interface Spot extends Pixel {
  readonly count: number;
  readonly shares: Shares;
  /** Of one point alone; without a geometry. */
  readonly feature: Feature | null;
}

/** What a tile has of a line, with a little beyond its edges. */
export interface Line {
  readonly feature: Feature;
  readonly paths: readonly (readonly Pixel[])[];
}

export interface Content {
  readonly spots: readonly Spot[];
  readonly lines: readonly Line[];
}

const countPrefix = 'count_';
const lineType = 2;

/** The points of a tile that lie within it, for those in its buffer belong to its neighbours, and its lines. */
export function readTile(bytes: ArrayBuffer, collection: CollectionId, tileSize: number): Content {
  const layer = new VectorTile(new PbfReader(bytes)).layers[collection];
  const [spots, lines]: [Spot[], Line[]] = [[], []];
  for (let i = 0; layer && i < layer.length; i++) {
    const read = layer.feature(i);
    const paths = read.loadGeometry().map(path => path.map(({ x, y }) => scaled(x, y, tileSize / layer.extent)));
    if (read.type === lineType) lines.push({ feature: featureOf(read), paths });
    else {
      const at = paths[0]?.[0];
      if (at && at.x >= 0 && at.y >= 0 && at.x < tileSize && at.y < tileSize) spots.push({ ...at, ...pointOf(read) });
    }
  }
  return { spots, lines };
}

function scaled(x: number, y: number, scale: number): Pixel {
  return { x: x * scale, y: y * scale };
}

function pointOf(read: VectorTileFeature): Omit<Spot, 'x' | 'y'> {
  const { count } = read.properties;
  if (typeof count === 'number') return { count, shares: sharesOf(read.properties), feature: null };
  const feature = featureOf(read);
  return { count: 1, shares: { [codeOf(feature)]: 1 }, feature };
}

/** Lists are written as JSON, for a tile has none. */
function featureOf({ properties: { id, ...properties } }: VectorTileFeature): Feature {
  const { status_sources: sources } = properties;
  return {
    id: String(id),
    geometry: null,
    properties: { ...properties, ...(typeof sources === 'string' && { status_sources: JSON.parse(sources) }) },
  };
}

function sharesOf(properties: Readonly<Record<string, unknown>>): Shares {
  const shares: Record<string, number> = {};
  for (const [name, n] of Object.entries(properties)) {
    if (name.startsWith(countPrefix) && typeof n === 'number') shares[name.slice(countPrefix.length)] = n;
  }
  return shares;
}
