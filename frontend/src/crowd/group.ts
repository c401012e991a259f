/** Draws spots together that would lie on each other: a grid of cells, each with one mark in its midst. */
import { clusterSize, type Shares } from '../layers/cluster-mark';
import type { Spot } from './tile';

export interface Group {
  readonly x: number;
  readonly y: number;
  readonly count: number;
  readonly shares: Shares;
  /** The points of the group, as far as the tile names them. */
  readonly spots: readonly Spot[];
  /** The longer side of the box its spots lie in, in pixels. */
  readonly spread: number;
}

/** Cells are as large as the largest ring with some room, and divide a tile evenly. */
export const cellSize = 64;

export function groupSpots(spots: readonly Spot[]): Group[] {
  const cells = new Map<string, Spot[]>();
  for (const spot of spots) {
    const key = `${Math.floor(spot.x / cellSize)},${Math.floor(spot.y / cellSize)}`;
    const cell = cells.get(key);
    if (cell) cell.push(spot);
    else cells.set(key, [spot]);
  }
  return [...cells.values()].map(groupOf);
}

function groupOf(spots: readonly Spot[]): Group {
  let [count, x, y] = [0, 0, 0];
  const shares: Record<string, number> = {};
  const box = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
  for (const spot of spots) {
    count += spot.count;
    x += spot.x * spot.count;
    y += spot.y * spot.count;
    for (const [category, n] of Object.entries(spot.shares)) shares[category] = (shares[category] ?? 0) + n;
    box.left = Math.min(box.left, spot.x);
    box.right = Math.max(box.right, spot.x);
    box.top = Math.min(box.top, spot.y);
    box.bottom = Math.max(box.bottom, spot.y);
  }
  const reach = clusterSize(count) / 2;
  return {
    x: within(x / count, reach),
    y: within(y / count, reach),
    count,
    shares,
    spots,
    spread: Math.max(box.right - box.left, box.bottom - box.top),
  };
}

/** A ring is moved no further into its cell than it takes to clear the next one; one point stays where it is. */
function within(at: number, reach: number): number {
  if (reach <= clusterSize(1) / 2) return at;
  const cell = Math.floor(at / cellSize) * cellSize;
  return Math.min(Math.max(at, cell + reach), cell + cellSize - reach);
}

/** How many zooms further in a group falls apart, 0 where it never does because all lie on one spot. */
export function zoomsToOpen({ spread, spots }: Group): number {
  if (spread > 0) return Math.max(1, Math.min(4, Math.ceil(Math.log2(cellSize / spread))));
  // Counted by the server: what lies on one spot here need not further in.
  return spots.some(({ feature }) => feature === null) ? 2 : 0;
}
