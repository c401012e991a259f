/** Points on the same spot, such as a bazaar on its crossing, are drawn side by side so that each can be opened. */
import type { Feature } from '../feature';
import { pointOf } from '../feature';
import type { Offset } from './mark-icon';

const gap = 25; // pixels between neighbours: a mark and its edge

export interface Placed {
  readonly key: string;
  readonly feature: Feature;
}

/** Offsets in pixels, by key, of the points that share a spot; the others have none. */
export function spread(points: readonly Placed[]): ReadonlyMap<string, Offset> {
  const spots = new Map<string, string[]>();
  for (const { key, feature } of points) {
    const spot = spotOf(feature);
    if (spot !== null) spots.set(spot, [...(spots.get(spot) ?? []), key]);
  }
  const offsets = new Map<string, Offset>();
  for (const keys of spots.values()) {
    if (keys.length < 2) continue;
    for (const [index, key] of keys.entries()) offsets.set(key, offsetOf(index, keys.length));
  }
  return offsets;
}

/** About a metre apart is the same spot. */
function spotOf(feature: Feature): string | null {
  const coordinates = pointOf(feature)?.coordinates;
  return coordinates ? `${coordinates[0]?.toFixed(5)},${coordinates[1]?.toFixed(5)}` : null;
}

/** Two stand left and right of the spot, more stand around it. */
function offsetOf(index: number, count: number): Offset {
  const radius = count === 2 ? gap / 2 : gap / (2 * Math.sin(Math.PI / count));
  const angle = Math.PI + (2 * Math.PI * index) / count;
  return [Math.round(radius * Math.cos(angle)), Math.round(radius * Math.sin(angle))];
}
