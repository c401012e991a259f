/** The only module of the map that fetches. Everything it throws is an ApiError, except the AbortError of a cancelled question. */
import type { CollectionId } from './collections';
import type { Feature, Item, ItemKey, Source, StatusPeriod } from './feature';
import { mapProperties, nearProperties } from './properties';

/** 'offline': the server cannot be reached, and this answer was never seen before. */
export type ErrorKind = 'network' | 'offline' | 'refused' | 'unreadable';

export interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly Fault[];
}

/** One broken rule, with what places it. */
export interface Fault {
  readonly rule?: string;
  readonly detail?: string;
  readonly parameter?: string;
  readonly record?: number;
  readonly feature?: string;
  readonly field?: string;
}

export class ApiError extends Error {
  constructor(
    readonly kind: ErrorKind,
    readonly status: number | null,
    readonly problem: Problem | null,
  ) {
    super(`${kind}${status === null ? '' : ` ${status}`}${problem?.detail ? `: ${problem.detail}` : ''}`);
    this.name = 'ApiError';
  }
}

export interface Answer {
  readonly features: readonly Feature[];
  /** When the server answered. */
  readonly timeStamp: string | null;
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

interface Page {
  readonly features?: readonly Feature[];
  readonly timeStamp?: string;
  readonly links?: readonly Link[];
}

const pageLimit = 10_000;

/** The service worker's answer to what it was asked offline and does not have. */
const notStored = 'x-oxus-not-stored';

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
  signal: AbortSignal,
): Promise<Answer> {
  return fetchAll(collection, new URLSearchParams({ properties: properties.join() }).toString(), signal);
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

/** However many pages it takes. */
async function fetchAll(collection: CollectionId, asked: string, signal: AbortSignal): Promise<Answer> {
  const path = `api/collections/${collection}/items`;
  const features: Feature[] = [];
  let query: string | null = `?limit=${pageLimit}&${asked}`;
  let timeStamp: string | null = null;
  while (query !== null) {
    const page: Page = await fetchJson(path + query, signal);
    if (!Array.isArray(page.features)) throw new ApiError('unreadable', 200, null);
    features.push(...page.features);
    timeStamp ??= page.timeStamp ?? null;
    query = nextQuery(page.links);
  }
  return { features, timeStamp };
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

export type Versions = Readonly<Record<string, string>>;

/** Follows which collections change, until the returned function is called; lost is called once, when the stream breaks. */
export function followVersions(changed: (versions: Versions) => void, lost: () => void): () => void {
  const stream = new EventSource('api/events');
  stream.addEventListener('versions', event => {
    const { versions } = JSON.parse(event.data) as { versions?: Versions };
    if (versions) changed(versions);
  });
  stream.addEventListener('error', () => {
    stream.close();
    lost();
  });
  return () => stream.close();
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

async function fetchJson<T>(path: string, signal: AbortSignal): Promise<T> {
  const response = await fetchOrFail(path, signal);
  if (response.headers.has(notStored)) throw new ApiError('offline', null, null);
  if (!response.ok) throw new ApiError('refused', response.status, await readProblem(response));
  try {
    return (await response.json()) as T;
  } catch (error) {
    throw signal.aborted ? error : new ApiError('unreadable', response.status, null);
  }
}

let age: { stored: string | null; tell: (stored: string | null) => void } = { stored: null, tell: () => {} };

/** Tells of each answer when the service worker had kept it, null for one that comes from the server; at once of the last. */
export function followAge(tell: (stored: string | null) => void): void {
  age = { ...age, tell };
  tell(age.stored);
}

async function fetchOrFail(path: string, signal: AbortSignal): Promise<Response> {
  try {
    const response = await fetch(path, { signal, headers: { Accept: 'application/geo+json, application/json' } });
    if (path.startsWith('api/') && !response.headers.has(notStored)) {
      age.stored = response.headers.get('x-oxus-stored');
      age.tell(age.stored);
    }
    return response;
  } catch (error) {
    throw signal.aborted ? error : new ApiError('network', null, null);
  }
}

export async function readProblem(response: Response): Promise<Problem | null> {
  try {
    return (await response.json()) as Problem;
  } catch {
    return null; // a proxy's page, not the server's
  }
}
