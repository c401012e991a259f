/** Counts a crowd by the codes of its legend. */
import { type CollectionId, collections } from '../collections';
import type { Feature } from '../feature';
import {
  codesIn,
  countriesIn,
  countryCode,
  type Facet,
  type Filters,
  facetsOf,
  passes,
  passesOthers,
  serverFilter,
} from '../filters/filter';
import type { Counts, Crowd, FacetCounts } from './counts';
import { fetchCounts, fetchGroups } from './questions';

/** What a collection holds, or null where that is no more than atMost; asked are the clocks, as a query. */
export function countCrowd(
  collection: CollectionId,
  asked: string,
  filters: Filters,
  atMost: number,
  signal: AbortSignal,
): Promise<Crowd | null> {
  const count = collection === 'incidents' ? countIncidents : countStatus;
  return count(collection, asked, filters, atMost, signal);
}

/** Incidents are counted facet by facet, which costs a database least. */
async function countIncidents(
  collection: CollectionId,
  asked: string,
  filters: Filters,
  atMost: number,
  signal: AbortSignal,
): Promise<Crowd | null> {
  const everything = await fetchCounts(collection, asked, 'category', null, signal);
  if (total(everything) <= atMost) return null;
  const count = async (facet: Facet): Promise<[Facet, FacetCounts]> => {
    const filter = serverFilter(collection, filters, facet);
    const plain = facet === 'category' && filter === null;
    const counts = plain ? everything : await fetchCounts(collection, asked, facet, filter, signal);
    return [facet, chosenOf(facet === 'country' ? merged(counts, countryCode) : counts, filters[facet])];
  };
  const counts = new Map(await Promise.all(facetsOf(collection).map(count)));
  return {
    collection,
    asked,
    filter: serverFilter(collection, filters),
    counts: Object.fromEntries(counts),
    all: total(everything),
    left: total(counts.get('category')?.left ?? new Map()),
  };
}

/** What has a status has few combinations of what it is filtered by: they are counted at once, and the rest is told from them. */
async function countStatus(
  collection: CollectionId,
  asked: string,
  filters: Filters,
  atMost: number,
  signal: AbortSignal,
): Promise<Crowd | null> {
  const lines = collections[collection].drawing === 'lines';
  const by = ['status', ...(lines ? ['voltage_kv'] : []), ...countriesIn(collection)];
  const alike = (await fetchGroups(collection, asked, by, signal)).map(({ values, count }): Alike => {
    const properties = Object.fromEntries(by.map((name, i) => [name, values[i]]));
    return { feature: { id: '', geometry: null, properties }, count };
  });
  const all = sum(alike);
  if (all <= atMost) return null;
  const counts = facetsOf(collection).map((facet): [Facet, FacetCounts] => {
    const others = alike.filter(({ feature }) => passesOthers(filters, facet, collection, feature));
    const left = others.filter(({ feature }) => passes(filters, collection, feature));
    return [facet, { all: byCode(facet, others), left: byCode(facet, left) }];
  });
  return {
    collection,
    asked,
    filter: serverFilter(collection, filters),
    counts: Object.fromEntries(counts),
    all,
    left: sum(alike.filter(({ feature }) => passes(filters, collection, feature))),
  };
}

/** Features that no filter tells apart. */
interface Alike {
  readonly feature: Feature;
  readonly count: number;
}

function byCode(facet: Facet, alike: readonly Alike[]): Counts {
  const counts = new Map<string, number>();
  for (const { feature, count } of alike)
    for (const code of codesIn(facet, feature)) counts.set(code, (counts.get(code) ?? 0) + count);
  return counts;
}

function sum(alike: readonly Alike[]): number {
  return alike.reduce((n, { count }) => n + count, 0);
}

export function total(counts: Counts): number {
  return [...counts.values()].reduce((n, count) => n + count, 0);
}

function chosenOf(all: Counts, chosen: readonly string[]): FacetCounts {
  const left = chosen.length === 0 ? all : new Map([...all].filter(([code]) => chosen.includes(code)));
  return { all, left };
}

function merged(counts: Counts, codeOf: (name: string) => string): Counts {
  const sums = new Map<string, number>();
  for (const [name, n] of counts) sums.set(codeOf(name), (sums.get(codeOf(name)) ?? 0) + n);
  return sums;
}
