/** What is asked of the server about a crowd, through api.ts; asked are the clocks, as a query. */
import type { Page } from '../api';
import { type CollectionId, codeProperty } from '../collections';
import { type Feature, nameProperties } from '../feature';
import { withFilter } from '../feeds';
import { ApiError, fetchJson, fetchOrFail, readProblem } from '../fetching';
import { mapProperties } from '../properties';
import type { Counts } from './counts';

export interface Within {
  readonly features: readonly Feature[];
  /** How many there are, whatever the limit. */
  readonly matched: number;
}

/** Features of an interval in a box (west, south, east, north), the first of them. */
export function fetchWithin(
  collection: CollectionId,
  box: readonly number[],
  asked: string,
  filter: string | null,
  limit: number,
  signal: AbortSignal,
): Promise<Within> {
  return fetchFirstOf(collection, { bbox: box.join() }, asked, filter, limit, signal);
}

/** The first features of an interval that parameters and a filter leave. */
export async function fetchFirstOf(
  collection: CollectionId,
  narrowed: Readonly<Record<string, string>>,
  asked: string,
  filter: string | null,
  limit: number,
  signal: AbortSignal,
): Promise<Within> {
  const query = new URLSearchParams({
    ...narrowed,
    limit: String(limit),
    count: 'exact',
    properties: mapProperties[collection].join(),
  });
  const path = `api/collections/${collection}/items?${query}&${withFilter(asked, filter)}`;
  const { features = [], numberMatched }: Page & { numberMatched?: number } = await fetchJson(path, signal);
  return { features, matched: numberMatched ?? features.length };
}

/** How many features of an interval there are, by the values of a property. */
export async function fetchCounts(
  collection: CollectionId,
  asked: string,
  by: string,
  filter: string | null,
  signal: AbortSignal,
): Promise<Counts> {
  const groups = await fetchStats<string | null>(collection, `by=${by}&${withFilter(asked, filter)}`, signal);
  return new Map(groups.map(({ value, count }) => [value ?? 'unknown', count]));
}

/** The same by several properties at once: how many have the same values of all. */
export async function fetchGroups(
  collection: CollectionId,
  asked: string,
  by: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly values: readonly unknown[]; readonly count: number }[]> {
  const groups = await fetchStats<readonly unknown[]>(collection, `by=${by.join()}&${asked}`, signal);
  return groups.map(({ value, count }) => ({ values: value, count }));
}

interface Group<T> {
  readonly value: T;
  readonly count: number;
}

async function fetchStats<T>(collection: CollectionId, query: string, signal: AbortSignal): Promise<Group<T>[]> {
  const { groups }: { groups?: Group<T>[] } = await fetchJson(`api/stats/${collection}?${query}`, signal);
  if (!Array.isArray(groups)) throw new ApiError('unreadable', 200, null);
  return groups;
}

/** What a mark or a line of a tile tells: how it looks, and its name in the language of the page. */
export function tileProperties(collection: CollectionId): readonly string[] {
  if (codeProperty(collection) === 'category') return ['title', 'category', 'start_date', 'position_accuracy_m'];
  const drawn = ['voltage_kv', 'geometry_accuracy_m', 'position_accuracy_m'];
  const looks = drawn.filter(name => mapProperties[collection].includes(name));
  const status = mapProperties[collection].filter(name => name.startsWith('status'));
  return [...nameProperties(), ...looks, ...status];
}

/** One tile of a collection with some of its properties, or null where there is nothing in it. */
export async function fetchTile(
  collection: CollectionId,
  { x, y, z }: { readonly x: number; readonly y: number; readonly z: number },
  asked: string,
  filter: string | null,
  properties: readonly string[],
  signal: AbortSignal,
): Promise<ArrayBuffer | null> {
  const query = `${withFilter(asked, filter)}&${new URLSearchParams({ properties: properties.join() })}`;
  const path = `api/collections/${collection}/tiles/WebMercatorQuad/${z}/${y}/${x}?${query}`;
  const response = await fetchOrFail(path, signal, 'application/vnd.mapbox-vector-tile');
  if (response.status === 204) return null;
  if (!response.ok) throw new ApiError('refused', response.status, await readProblem(response));
  return response.arrayBuffer();
}
