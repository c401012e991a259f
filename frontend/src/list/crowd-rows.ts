/** What the list shows of crowds: the first of what the server finds in view. */
import type { CollectionId } from '../collections';
import { fetchWithin, type Within } from '../crowd/questions';
import type { Feed } from '../feeds';
import type { Box } from './in-view';

/** The most of a crowd that are listed; a table of more is not read to its end. */
export const mostListed = 500;

/** A map is moved in several pulls. */
const debounceMilliseconds = 250;

export class CrowdRows {
  #asked = '';
  #abort = new AbortController();
  readonly #found = new Map<CollectionId, Within>();

  constructor(
    readonly onAnswer: () => void,
    readonly debounce = debounceMilliseconds,
  ) {}

  /** What is known of the crowds in a box; what is not is asked for. */
  within(feeds: ReadonlyMap<CollectionId, Feed>, { west, south, east, north }: Box): ReadonlyMap<CollectionId, Within> {
    const crowds = [...feeds.values()].flatMap(feed => (feed.phase === 'ready' ? (feed.answer.crowd ?? []) : []));
    const box = [Math.max(west, -180), south, Math.min(east, 180), north];
    const asked = [box, ...crowds.map(({ collection, asked, filter }) => [collection, asked, filter])].join(' ');
    if (asked === this.#asked) return this.#found;
    this.stop();
    [this.#asked, this.#abort] = [asked, new AbortController()];
    this.#found.clear();
    const { signal } = this.#abort;
    const ask = async () => {
      const answers = crowds.map(async ({ collection, asked, filter }) => {
        // One that does not come stays missing, and is said to be; the next move asks again.
        const found = await fetchWithin(collection, box, asked, filter, mostListed, signal).catch(() => null);
        if (found && !signal.aborted) this.#found.set(collection, found);
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
