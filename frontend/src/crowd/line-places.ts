/** Where the lines of the tiles in sight lie, in pixels of the whole map: for the pointer, and for the keyboard. */
import * as L from 'leaflet';
import type { Feature } from '../feature';
import type { Line, Pixel } from './tile';
import type { Placed } from './tile-grid';
import { tileSize } from './tile-grid';

export interface PlacedLine {
  readonly feature: Feature;
  readonly paths: readonly (readonly Pixel[])[];
  readonly corner: L.Point;
}

const fingerWidth = 18; // as lines.ts has it

/** The lines of the tiles that lie in a box. */
export function placeLines(lines: readonly Placed<Line>[], bounds: L.Bounds): PlacedLine[] {
  return lines
    .filter(({ corner }) => bounds.intersects(L.bounds(corner, corner.add([tileSize, tileSize]))))
    .map(({ it: { feature, paths }, corner }) => ({ feature, paths, corner }));
}

/** The nearest line within a finger of a position. */
export function underLine(lines: readonly PlacedLine[], at: L.Point, slack: number): PlacedLine | null {
  let [nearest, least]: [PlacedLine | null, number] = [null, (fingerWidth / 2 + slack) ** 2];
  for (const line of lines) {
    const { x, y } = at.subtract(line.corner);
    // Another tile has what lies beyond its edge.
    if (x < 0 || y < 0 || x >= tileSize || y >= tileSize) continue;
    for (const path of line.paths) {
      const distance = distanceTo(path, x, y, least);
      if (distance < least) [nearest, least] = [line, distance];
    }
  }
  return nearest;
}

/** The square of the distance to a path; what is farther than the least in any direction is not looked at closely. */
function distanceTo(path: readonly Pixel[], x: number, y: number, least: number): number {
  const reach = Math.sqrt(least);
  let found = Infinity;
  for (let i = 1; i < path.length; i++) {
    const [a, b] = [path[i - 1], path[i]] as [Pixel, Pixel];
    if (Math.min(a.x, b.x) > x + reach || Math.max(a.x, b.x) < x - reach) continue;
    if (Math.min(a.y, b.y) > y + reach || Math.max(a.y, b.y) < y - reach) continue;
    const [dx, dy] = [b.x - a.x, b.y - a.y];
    const length = dx * dx + dy * dy;
    const share = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - a.x) * dx + (y - a.y) * dy) / length));
    found = Math.min(found, (a.x + share * dx - x) ** 2 + (a.y + share * dy - y) ** 2);
  }
  return found;
}

/** One place for each line, in the middle of its longest stretch in sight, however many tiles it runs through. */
export function handleOf(
  lines: readonly PlacedLine[],
  bounds: L.Bounds,
): { line: PlacedLine; at: L.Point; length: number }[] {
  const longest = new Map<string, { line: PlacedLine; at: L.Point; length: number }>();
  for (const line of lines) {
    for (const path of line.paths) {
      for (let i = 1; i < path.length; i++) {
        const [a, b] = [path[i - 1], path[i]].map(at => line.corner.add([at?.x ?? 0, at?.y ?? 0])) as [
          L.Point,
          L.Point,
        ];
        const inside = L.LineUtil.clipSegment(a, b, bounds);
        if (!inside) continue;
        const length = inside[0].distanceTo(inside[1]);
        if (length <= (longest.get(line.feature.id)?.length ?? -1)) continue;
        longest.set(line.feature.id, { line, at: inside[0].add(inside[1]).divideBy(2), length });
      }
    }
  }
  return [...longest.values()];
}
