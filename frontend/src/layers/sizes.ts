import type { CollectionId } from '../collections';

/** Facilities are many and stand behind what the border is about. */
const sizes: Partial<Record<CollectionId, number>> = {
  crossings: 26,
  bazaars: 24,
  'power-facilities': 20,
  incidents: 24,
};

/** A facility nothing is documented for steps back; most have no dated status at all. */
const facilityUnknownSize = 16;

/** How large a mark is, in pixels. */
export function sizeOf(collection: CollectionId, code: string): number {
  if (collection === 'power-facilities' && code === 'unknown') return facilityUnknownSize;
  return sizes[collection] ?? 22;
}
