/** What the server tells of a collection too large to be fetched one by one, in place of its features. */
import type { CollectionId } from '../collections';
import type { Facet } from '../filters/filter';

export type Counts = ReadonlyMap<string, number>;

/** How many there are by the codes of a facet. */
export interface FacetCounts {
  /** Under the filters of the other facets. */
  readonly all: Counts;
  /** Under all filters. */
  readonly left: Counts;
}

export interface Crowd {
  readonly collection: CollectionId;
  /** What it was asked for, without the filter, as a query. */
  readonly asked: string;
  /** The reader's filter, as the server is asked; null where there is none. */
  readonly filter: string | null;
  readonly counts: Readonly<Partial<Record<Facet, FacetCounts>>>;
  /** How many there are, and how many of them the filters leave. */
  readonly all: number;
  readonly left: number;
}
