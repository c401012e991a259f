/** Whether any part of a geometry lies in a box: what the map shows of it, not what its own box would cover. */
import type { Geometry, Position } from 'geojson';

export interface Box {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

export function isInView(geometry: Geometry | null, box: Box): boolean {
  switch (geometry?.type) {
    case 'Point':
      return holds(box, geometry.coordinates);
    case 'MultiPoint':
      return geometry.coordinates.some(position => holds(box, position));
    case 'LineString':
      return crosses(box, geometry.coordinates);
    case 'MultiLineString':
      return geometry.coordinates.some(line => crosses(box, line));
    default:
      return false;
  }
}

function holds({ west, south, east, north }: Box, [lon = Number.NaN, lat = Number.NaN]: Position): boolean {
  return lon >= west && lon <= east && lat >= south && lat <= north;
}

function crosses(box: Box, line: readonly Position[]): boolean {
  return line.some((position, index) => {
    const next = line[index + 1];
    return holds(box, position) || (next !== undefined && cuts(box, position, next));
  });
}

/** Liang and Barsky: what is left of the segment when each edge has cut off what lies beyond it. */
function cuts({ west, south, east, north }: Box, from: Position, to: Position): boolean {
  const [x = Number.NaN, y = Number.NaN] = from;
  const dx = (to[0] ?? Number.NaN) - x;
  const dy = (to[1] ?? Number.NaN) - y;
  let enters = 0;
  let leaves = 1;
  for (const [step, room] of [
    [-dx, x - west],
    [dx, east - x],
    [-dy, y - south],
    [dy, north - y],
  ] as const) {
    if (step === 0 && room < 0) return false;
    if (step < 0) enters = Math.max(enters, room / step);
    if (step > 0) leaves = Math.min(leaves, room / step);
  }
  return enters <= leaves;
}

/** The box around geometries, or null where none has a place. */
export function boxAround(geometries: readonly (Geometry | null)[]): Box | null {
  const positions = geometries.flatMap(positionsOf);
  if (positions.length === 0) return null;
  const lons = positions.map(([lon = 0]) => lon);
  const lats = positions.map(([, lat = 0]) => lat);
  return { west: Math.min(...lons), south: Math.min(...lats), east: Math.max(...lons), north: Math.max(...lats) };
}

function positionsOf(geometry: Geometry | null): Position[] {
  switch (geometry?.type) {
    case 'Point':
      return [geometry.coordinates];
    case 'MultiPoint':
    case 'LineString':
      return geometry.coordinates;
    case 'MultiLineString':
      return geometry.coordinates.flat();
    default:
      return [];
  }
}
