/** What the list shows of crowds: the first of what the server finds in view. */
import type { CollectionId } from '../collections';
import type { Crowd } from '../crowd/counts';
import { fetchWithin, type Within } from '../crowd/questions';
import { unplacedOf } from '../crowd/unplaced';
import type { Feed } from '../feeds';
import type { Box } from './in-view';

/** The most of a crowd that are listed; a table of more is not read to its end. */
export const mostListed = 500;

/** What is listed of a crowd, and how much of it is in no view. */
export interface Rows extends Within {
  readonly unplaced: number;
}

/** A map is moved in several pulls. */
const debounceMilliseconds = 250;

export class CrowdRows {
  #asked = '';
  #crowds: readonly Crowd[] = [];
  #abort = new AbortController();
  readonly #found = new Map<CollectionId, Rows>();

  constructor(
    readonly onAnswer: () => void,
    readonly debounce = debounceMilliseconds,
  ) {}

  /** What is known of the crowds in a box; what is not is asked for. */
  within(feeds: ReadonlyMap<CollectionId, Feed>, { west, south, east, north }: Box): ReadonlyMap<CollectionId, Rows> {
    const crowds = [...feeds.values()].flatMap(feed => (feed.phase === 'ready' ? (feed.answer.crowd ?? []) : []));
    const box = [Math.max(west, -180), south, Math.min(east, 180), north];
    const asked = [box, ...crowds.map(({ collection, asked, filter }) => [collection, asked, filter])].join(' ');
    const same = asked === this.#asked;
    if (same && crowds.every((crowd, index) => crowd === this.#crowds[index])) return this.#found;
    this.stop();
    [this.#asked, this.#crowds, this.#abort] = [asked, crowds, new AbortController()];
    // The same question, asked again because the data changed: the last answer stands until the next is there.
    if (!same) this.#found.clear();
    const { signal } = this.#abort;
    const ask = async () => {
      const answers = crowds.map(async crowd => {
        const { collection, asked, filter } = crowd;
        const within = fetchWithin(collection, box, asked, filter, mostListed, signal);
        // One that does not come stays missing, and is said to be; the next move asks again.
        const found = await Promise.all([within, unplacedOf(crowd)]).catch(() => null);
        if (found && !signal.aborted) this.#found.set(collection, { ...found[0], unplaced: found[1].matched });
      });
      await Promise.all(answers);
      if (!signal.aborted) this.onAnswer();
    };
    const timer = crowds.length > 0 ? setTimeout(() => void ask(), this.debounce) : undefined;
    signal.addEventListener('abort', () => clearTimeout(timer));
    return this.#found;
  }

  stop(): void {
    this.#abort.abort();
    this.#asked = '';
  }
}
