/** What of a crowd has no known position: asked for when an answer rests, and told when it is there. */
import type { Crowd } from '../crowd/counts';
import type { Feature } from '../feature';

export interface Unplaced {
  /** The first of them. */
  readonly features: readonly Feature[];
  /** How many there are. */
  readonly matched: number;
}

const none: Unplaced = { features: [], matched: 0 };

/** Dates that are played follow each other; and the map itself comes first. */
const restMilliseconds = 400;

export class UnplacedOfCrowd {
  #crowd: Crowd | null = null;
  #found: Unplaced | null = none;

  constructor(
    readonly onFound: () => void,
    readonly ask: (crowd: Crowd) => Promise<Unplaced> = askServer,
    readonly rest = restMilliseconds,
  ) {}

  /** What is known of a crowd: nothing is said before it is asked; null where it could not be. */
  of(crowd: Crowd): Unplaced | null {
    if (crowd !== this.#crowd) {
      // The same question, asked again because the data changed: the last answer stands until the next is there.
      const same = crowd.asked === this.#crowd?.asked && crowd.filter === this.#crowd.filter;
      if (!same) this.#found = none;
      this.#crowd = crowd;
      setTimeout(() => void this.#ask(crowd), this.rest);
    }
    return this.#found;
  }

  async #ask(crowd: Crowd): Promise<void> {
    if (crowd !== this.#crowd) return;
    const found = await this.ask(crowd).catch(() => null);
    if (crowd !== this.#crowd) return;
    const nothingNew = found?.matched === 0 && this.#found === none;
    this.#found = found;
    if (!nothingNew) this.onFound();
  }
}

async function askServer(crowd: Crowd): Promise<Unplaced> {
  const { unplacedOf } = await import('../crowd/unplaced');
  return unplacedOf(crowd);
}
