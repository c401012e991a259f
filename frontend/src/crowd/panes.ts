import { type CollectionId, collections } from '../collections';

/** Where the marks of a collection have a pane of their own; which lies above which. */
const panes: Partial<Record<CollectionId, string>> = { 'power-facilities': 'facilities', incidents: 'incidents' };

/** The pane a crowd is drawn in: that which its features one by one have. */
export function paneOf(collection: CollectionId): string {
  return collections[collection].drawing === 'lines' ? 'lines' : (panes[collection] ?? 'markerPane');
}
