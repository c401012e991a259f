/** Between the feeds and the map: hands on what the filters leave, whenever either changes. */
import { type CollectionId, collections } from '../collections';
import type { Crowd } from '../crowd/counts';
import type { Feature } from '../feature';
import type { Feed } from '../feeds';
import { type Filters, noFilters, passes } from './filter';

/** What of a collection is drawn. Dimmed features stay as the context of the others; a crowd is drawn from its tiles. */
export interface Drawing {
  readonly features: readonly Feature[];
  readonly dimmed: ReadonlySet<string>;
  readonly crowd: Crowd | null;
}

const nothing: Drawing = { features: [], dimmed: new Set(), crowd: null };

export class Filtered {
  readonly #feeds = new Map<CollectionId, Feed>();
  #filters: Filters = noFilters;

  constructor(readonly draw: (collection: CollectionId, drawing: Drawing) => void) {}

  setFeed(collection: CollectionId, feed: Feed): void {
    // What failed is taken off: symbols of another date would be wrong.
    if (feed.phase === 'busy') return;
    this.#feeds.set(collection, feed);
    this.#draw(collection);
  }

  setFilters(filters: Filters): void {
    if (filters === this.#filters) return;
    this.#filters = filters;
    // A crowd is filtered by the server: it is asked anew.
    for (const [id, feed] of this.#feeds) if (feed.phase === 'ready' && !feed.answer.crowd) this.#draw(id);
  }

  #draw(collection: CollectionId): void {
    const feed = this.#feeds.get(collection);
    if (feed?.phase === 'ready') this.draw(collection, drawingOf(collection, feed.answer, this.#filters));
    else this.draw(collection, nothing);
  }
}

/** Places and lines are dimmed, because the others are read against them; incidents are left out. */
export function drawingOf(
  collection: CollectionId,
  { features, crowd = null }: { readonly features: readonly Feature[]; readonly crowd?: Crowd | null },
  filters: Filters,
): Drawing {
  const out = features.filter(feature => !passes(filters, collection, feature));
  if (out.length === 0 || collections[collection].drawing !== 'incidents') {
    return { features, dimmed: new Set(out.map(({ id }) => id)), crowd };
  }
  const left = new Set(out);
  return { features: features.filter(feature => !left.has(feature)), dimmed: new Set(), crowd };
}
