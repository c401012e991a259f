export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Places that are taken. A few hundred names need no index. */
export class Boxes {
  readonly #taken: Box[] = [];

  /** Takes the place whatever else is there. */
  block(box: Box): void {
    this.#taken.push(box);
  }

  /** Takes the place if it is free, and says whether it was. */
  take(box: Box): boolean {
    if (this.#taken.some(other => overlap(box, other))) return false;
    this.#taken.push(box);
    return true;
  }
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
