/** What the map asks the server. Everything thrown is an ApiError, except the AbortError of a cancelled question. */
import type { CollectionId } from './collections';
import type { Crowd } from './crowd/counts';
import type { Feature, Item, ItemKey, Source, StatusPeriod } from './feature';
import { ApiError, fetchJson } from './fetching';
import { mapProperties, nearProperties } from './properties';

export interface Answer {
  readonly features: readonly Feature[];
  /** When the server answered. */
  readonly timeStamp: string | null;
  /** Where there are too many to have them one by one, features is empty and this says what there is. */
  readonly crowd?: Crowd;
}

export interface Schema {
  readonly properties?: Readonly<Record<string, PropertySchema>>;
}

export interface PropertySchema {
  readonly title?: string;
  readonly 'x-ogc-unit'?: string;
  readonly oneOf?: readonly { readonly const?: unknown; readonly title?: string }[];
}

export interface MonthCount {
  readonly value: string | null;
  readonly count: number;
}

interface Link {
  readonly rel?: string;
  readonly href?: string;
}

export interface Page {
  readonly features?: readonly Feature[];
  readonly timeStamp?: string;
  readonly links?: readonly Link[];
}

const pageLimit = 10_000;

/** Every feature of a collection that a query asks for, with the properties the map shows. */
export function fetchItems(collection: CollectionId, asked: string, signal: AbortSignal): Promise<Answer> {
  return fetchAll(
    collection,
    `${asked}&${new URLSearchParams({ properties: mapProperties[collection].join() })}`,
    signal,
  );
}

/** The features of a collection whenever they were there, with some of their properties. */
export function fetchWhenever(
  collection: CollectionId,
  properties: readonly string[],
  recorded: string | null,
  signal: AbortSignal,
): Promise<Answer> {
  const asked = { properties: properties.join(), ...timeParameters({ datetime: null, recorded }) };
  return fetchAll(collection, new URLSearchParams(asked).toString(), signal);
}

/** The incidents of an interval at most `within` metres from an item, each with its distance_m. */
export function fetchNear(key: ItemKey, within: number, times: Times, signal: AbortSignal): Promise<Answer> {
  const parameters = new URLSearchParams({
    near: `${key.collection}/${key.id}`,
    within: String(within),
    properties: nearProperties.join(),
    skipGeometry: 'true',
    ...timeParameters(times),
  });
  return fetchAll('incidents', parameters.toString(), signal);
}

function itemsPath(collection: CollectionId, limit: number, asked: string): string {
  return `api/collections/${collection}/items?limit=${limit}&${asked}`;
}

function propertiesOf(collection: CollectionId): URLSearchParams {
  return new URLSearchParams({ properties: mapProperties[collection].join() });
}

/** However many pages it takes. */
async function fetchAll(collection: CollectionId, asked: string, signal: AbortSignal): Promise<Answer> {
  const features: Feature[] = [];
  let path: string | null = itemsPath(collection, pageLimit, asked);
  let timeStamp: string | null = null;
  while (path !== null) {
    const page: Page = await fetchJson(path, signal);
    if (!Array.isArray(page.features)) throw new ApiError('unreadable', 200, null);
    features.push(...page.features);
    timeStamp ??= page.timeStamp ?? null;
    const next = nextQuery(page.links);
    path = next === null ? null : `api/collections/${collection}/items${next}`;
  }
  return { features, timeStamp };
}

/** The first features that a query asks for, with the properties the map shows, and whether there are more. */
export async function fetchFirst(
  collection: CollectionId,
  asked: string,
  limit: number,
  signal: AbortSignal,
): Promise<{ answer: Answer; more: boolean }> {
  const page: Page = await fetchJson(`${itemsPath(collection, limit, asked)}&${propertiesOf(collection)}`, signal);
  if (!Array.isArray(page.features)) throw new ApiError('unreadable', 200, null);
  return {
    answer: { features: page.features, timeStamp: page.timeStamp ?? null },
    more: nextQuery(page.links) !== null,
  };
}

export async function fetchItem(key: ItemKey, times: Times, signal: AbortSignal): Promise<Item> {
  const item = await fetchJson<Partial<Item> & Feature>(itemPath(key, times), signal);
  return {
    ...item,
    statusHistory: (item.statusHistory ?? []) as readonly StatusPeriod[],
    sources: (item.sources ?? []) as readonly Source[],
  };
}

export function fetchSchema(collection: CollectionId, signal: AbortSignal): Promise<Schema> {
  return fetchJson<Schema>(`api/collections/${collection}/schema`, signal);
}

/** Any other answer of the API, as JSON. */
export function fetchApi<T>(path: string, signal: AbortSignal): Promise<T> {
  return fetchJson<T>(`api/${path}`, signal);
}

/** Counts of incidents by month; of what is dated by the year alone, by year. */
export function fetchMonths(query: string, signal: AbortSignal): Promise<{ readonly groups?: readonly MonthCount[] }> {
  return fetchJson(`api/stats/incidents?by=month&${query}`, signal);
}

/** The first page of what changed in the world, oldest first, and whether there is more. */
export async function fetchChanges(query: string, signal: AbortSignal): Promise<Page & { readonly more: boolean }> {
  const page = await fetchJson<Page>(`api/changes?${query}`, signal);
  return { ...page, more: nextQuery(page.links) !== null };
}

/** At most 200 ids. */
export async function fetchSources(ids: readonly string[], recorded: string | null, signal: AbortSignal) {
  const query = new URLSearchParams({ ids: ids.join(','), ...(recorded && { 'as-recorded': recorded }) });
  const { sources } = await fetchJson<{ readonly sources?: readonly Source[] }>(`api/sources?${query}`, signal);
  return sources ?? [];
}

/** Where every recorded change of an item is told. */
export function revisionsPath(key: ItemKey): string {
  return `${itemPath(key, { datetime: null, recorded: null })}/revisions`;
}

/** A file that was built with the page. */
export function fetchAsset<T>(address: string): Promise<T> {
  return fetchJson<T>(address, new AbortController().signal);
}

/** The day asked about and the instant of the record, each null where it is not asked. */
export interface Times {
  readonly datetime: string | null;
  readonly recorded: string | null;
}

/** The address of one item, relative to the page; also what the reader is given as a link. */
export function itemPath(key: ItemKey, times: Times): string {
  const path = `api/collections/${key.collection}/items/${encodeURIComponent(key.id)}`;
  const query = new URLSearchParams(timeParameters(times));
  return query.size === 0 ? path : `${path}?${query}`;
}

function timeParameters({ datetime, recorded }: Times): Record<string, string> {
  return { ...(datetime && { datetime }), ...(recorded && { 'as-recorded': recorded }) };
}

/**
 * Only the query of a next link is followed: its host is the server's public name, which need not be the one the page
 * was loaded from, and the page speaks to no other.
 */
function nextQuery(links: readonly Link[] | undefined): string | null {
  const href = links?.find(link => link.rel === 'next')?.href;
  const at = href?.indexOf('?') ?? -1;
  return href && at >= 0 ? href.slice(at) : null;
}
