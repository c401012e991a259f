import { fetchSchema } from '../api';
import { collectionIds } from '../collections';
import type { Panel } from './panel';

/** The legend's names; each collection's arrives when it arrives, and a missing one costs nothing but its names. */
export async function loadSchemas(panel: Panel): Promise<void> {
  const { signal } = new AbortController();
  const load = async (id: (typeof collectionIds)[number]) => panel.setSchema(id, await fetchSchema(id, signal));
  await Promise.allSettled(collectionIds.map(load));
}
