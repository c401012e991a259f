import type { Near } from './near';

/** What the reader has chosen within open details; it outlives a new answer for another date. */
export interface Kept {
  /** The turn of the history that is being read, by its place in it. */
  turn: number | null;
  historyOpen: boolean;
  sourcesOpen: boolean;
  /** How far around the item incidents are looked for, in metres. */
  within: number;
  /** The incidents around the item: what is found stands until the next answer is there. */
  near: Near | null;
}

export function newKept(within: number): Kept {
  return { turn: null, historyOpen: false, sourcesOpen: false, within, near: null };
}
