/** A collection too large to be fetched one by one: how many there are is counted by the server, where they are its tiles say. */
import { type Answer, fetchFirst, fetchItems } from '../api';
import type { CollectionId } from '../collections';
import type { Filters } from '../filters/filter';

/** From more than so many on, a collection comes as tiles. */
export const crowdFrom = 5000;

/** How many are asked for before it is known how many there are. */
const firstPage = 1000;

/** Fetches a collection whole, or says that it is a crowd. */
export class CrowdFetch {
  readonly #crowded = new Set<CollectionId>();

  constructor(readonly filters: () => Filters) {}

  async answer(collection: CollectionId, asked: string, signal: AbortSignal): Promise<Answer> {
    // A crowd's filters are part of what is asked, so that it is asked anew when they change.
    const base = new URLSearchParams(asked);
    base.delete('filter');
    const query = base.toString();
    if (!this.#crowded.has(collection)) {
      const { answer, more } = await fetchFirst(collection, query, firstPage, signal);
      if (!more) return answer;
    }
    const { countCrowd } = await import('./counting');
    const crowd = await countCrowd(collection, query, this.filters(), crowdFrom, signal);
    if (crowd === null) {
      this.#crowded.delete(collection);
      return fetchItems(collection, query, signal);
    }
    this.#crowded.add(collection);
    return { features: [], timeStamp: null, crowd };
  }
}
