/** What is asked of the server about a crowd, through api.ts; asked are the clocks, as a query. */
import type { Page } from '../api';
import type { Feature } from '../feature';
import { withFilter } from '../feeds';
import { ApiError, fetchJson, fetchOrFail, readProblem } from '../fetching';

export type Counts = ReadonlyMap<string, number>;

/** Incidents of an interval in a box, the first of them. */
export async function fetchWithin(
  box: readonly number[],
  asked: string,
  filter: string | null,
  limit: number,
  signal: AbortSignal,
): Promise<readonly Feature[]> {
  const query = new URLSearchParams({ bbox: box.join(), limit: String(limit) });
  const page: Page = await fetchJson(`api/collections/incidents/items?${query}&${withFilter(asked, filter)}`, signal);
  return page.features ?? [];
}

/** How many incidents of an interval there are, by the values of a property. */
export async function fetchCounts(
  asked: string,
  by: string,
  filter: string | null,
  signal: AbortSignal,
): Promise<Counts> {
  const { groups }: { groups?: readonly { value: string | null; count: number }[] } = await fetchJson(
    `api/stats/incidents?by=${by}&${withFilter(asked, filter)}`,
    signal,
  );
  if (!Array.isArray(groups)) throw new ApiError('unreadable', 200, null);
  return new Map(groups.map(({ value, count }) => [value ?? 'unknown', count]));
}

/** One tile of incidents, or null where there is nothing in it. */
export async function fetchTile(
  { x, y, z }: { readonly x: number; readonly y: number; readonly z: number },
  asked: string,
  filter: string | null,
  signal: AbortSignal,
): Promise<ArrayBuffer | null> {
  const query = `${withFilter(asked, filter)}&${new URLSearchParams({ properties: 'title,category,start_date' })}`;
  const path = `api/collections/incidents/tiles/WebMercatorQuad/${z}/${y}/${x}?${query}`;
  const response = await fetchOrFail(path, signal, 'application/vnd.mapbox-vector-tile');
  if (response.status === 204) return null;
  if (!response.ok) throw new ApiError('refused', response.status, await readProblem(response));
  return response.arrayBuffer();
}
