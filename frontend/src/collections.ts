/** The collections the map draws, in the order of the panel, and how each is drawn. */
export type Drawing = 'points' | 'lines' | 'incidents';

export const collections = {
  crossings: { drawing: 'points' },
  bazaars: { drawing: 'points' },
  'transmission-lines': { drawing: 'lines' },
  'casa-1000': { drawing: 'lines' },
  'power-facilities': { drawing: 'points' },
  incidents: { drawing: 'incidents' },
} as const satisfies Record<string, { drawing: Drawing }>;

export type CollectionId = keyof typeof collections;

export const collectionIds = Object.keys(collections) as CollectionId[];

export function isCollectionId(text: string): text is CollectionId {
  return Object.hasOwn(collections, text);
}

export function drawnAs(drawing: Drawing): CollectionId[] {
  return collectionIds.filter(id => collections[id].drawing === drawing);
}

/** The property that colours a collection. */
export function codeProperty(id: CollectionId): 'status' | 'category' {
  return collections[id].drawing === 'incidents' ? 'category' : 'status';
}
