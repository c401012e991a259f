/** Incidents too many to be fetched one by one: how many there are is counted by the server, where they are its tiles say. */
import { type Answer, fetchFirst, fetchItems } from '../api';
import type { CollectionId } from '../collections';
import { countryCode, type Facet, type Filters, serverFilter } from '../filters/filter';
import { type Counts, fetchCounts } from './questions';

/** From more than so many on, incidents come as tiles. */
export const crowdFrom = 5000;

/** How many are asked for before it is known how many there are. */
const firstPage = 1000;

/** What stands in an answer in place of its features. */
export interface Crowd {
  /** What it was asked for, without the filter, as a query. */
  readonly asked: string;
  /** The filter that its tiles are asked with. */
  readonly filter: string | null;
  /** How many there are by the codes of a facet, under the filters of the other facets. */
  readonly counts: Readonly<Partial<Record<Facet, Counts>>>;
}

export const crowdFacets = ['category', 'confidence', 'country'] as const;

/** The filters of a question about incidents: all of them, and for each facet those of the others. */
export type CrowdFilters = Readonly<Record<'all' | (typeof crowdFacets)[number], string | null>>;

export function crowdFilters(filters: Filters): CrowdFilters {
  const entries = crowdFacets.map(facet => [facet, serverFilter('incidents', filters, facet)]);
  return { ...(Object.fromEntries(entries) as Omit<CrowdFilters, 'all'>), all: serverFilter('incidents', filters) };
}

/** Fetches a collection whole, or says that it is a crowd. */
export class CrowdFetch {
  #crowded = false;

  constructor(readonly filters: () => CrowdFilters) {}

  async answer(collection: CollectionId, asked: string, signal: AbortSignal): Promise<Answer> {
    // A crowd's filters are part of what is asked, so that it is asked anew when they change.
    const base = new URLSearchParams(asked);
    base.delete('filter');
    const query = base.toString();
    if (collection !== 'incidents') return fetchItems(collection, query, signal);
    if (!this.#crowded) {
      const { answer, more } = await fetchFirst(collection, query, firstPage, signal);
      if (!more) return answer;
    }
    const all = await fetchCounts(query, 'category', null, signal);
    this.#crowded = total(all) > crowdFrom;
    return this.#crowded ? this.#crowd(query, all, signal) : fetchItems(collection, query, signal);
  }

  async #crowd(asked: string, all: Counts, signal: AbortSignal): Promise<Answer> {
    const filters = this.filters();
    const count = (facet: (typeof crowdFacets)[number]) =>
      facet === 'category' && filters.category === null ? all : fetchCounts(asked, facet, filters[facet], signal);
    const [category, confidence, country] = await Promise.all(crowdFacets.map(count));
    const counts = {
      category: category ?? all,
      confidence: confidence ?? new Map(),
      country: merged(country ?? new Map(), countryCode),
    };
    return { features: [], timeStamp: null, crowd: { asked, filter: filters.all, counts } };
  }
}

export function total(counts: Counts): number {
  return [...counts.values()].reduce((sum, n) => sum + n, 0);
}

function merged(counts: Counts, codeOf: (name: string) => string): Counts {
  const sums = new Map<string, number>();
  for (const [name, n] of counts) sums.set(codeOf(name), (sums.get(codeOf(name)) ?? 0) + n);
  return sums;
}

/** How many of a crowd the filters leave. */
export function countLeft({ counts }: Crowd, chosen: readonly string[]): number {
  return sumOf(counts.category ?? new Map(), chosen);
}

function sumOf(counts: Counts, chosen: readonly string[]): number {
  return chosen.length === 0 ? total(counts) : chosen.reduce((sum, code) => sum + (counts.get(code) ?? 0), 0);
}
