/** All collections on the map: gives each answer to its layer and keeps points on one spot apart. */
import type * as L from 'leaflet';
import { type CollectionId, codeProperty, collectionIds, collections, drawnAs } from '../collections';
import type { Feature } from '../feature';
import { type Drawn, keyOf, type MarkPlace, type Select } from './drawn';
import { IncidentLayer, type SelectSeveral } from './incidents';
import { LineLayer } from './lines';
import type { LookOf } from './look';
import { PointLayer } from './points';
import { spread } from './spread';
import { Tooltip } from './tooltip';

export class Layers {
  readonly #drawn: ReadonlyMap<CollectionId, Drawn>;
  readonly #listeners = new Set<() => void>();
  readonly #features = new Map<CollectionId, readonly Feature[]>();

  constructor(map: L.Map, select: Select, selectSeveral: SelectSeveral, lookOf: LookOf) {
    const tooltip = new Tooltip(map);
    const make = (id: CollectionId): Drawn => {
      const { drawing } = collections[id];
      if (drawing === 'incidents') return new IncidentLayer(map, tooltip, select, selectSeveral);
      const Layer = drawing === 'lines' ? LineLayer : PointLayer;
      return new Layer(map, id, tooltip, select, lookOf);
    };
    this.#drawn = new Map(collectionIds.map(id => [id, make(id)]));
  }

  /** Draws what a collection now holds; an empty list takes it off the map. */
  draw(collection: CollectionId, features: readonly Feature[]): void {
    this.#features.set(collection, features);
    // A layer that comes or goes moves its neighbours on the same spot.
    const redrawn = collections[collection].drawing === 'points' ? drawnAs('points') : [collection];
    const offsets = spread(
      drawnAs('points').flatMap(id => this.#held(id).map(feature => ({ key: keyOf(id, feature), feature }))),
    );
    for (const id of redrawn) this.#drawn.get(id)?.draw(this.#held(id), offsets);
    for (const listener of this.#listeners) listener();
  }

  /** Draws again what is held, because what it looks like has changed. */
  redraw(): void {
    for (const id of this.#features.keys()) if (codeProperty(id) === 'status') this.draw(id, this.#held(id));
  }

  /** Where marks stand just now. */
  places(): MarkPlace[] {
    return [...this.#drawn.values()].flatMap(layer => layer.places());
  }

  onDraw(listener: () => void): void {
    this.#listeners.add(listener);
  }

  remove(): void {
    for (const layer of this.#drawn.values()) layer.remove();
  }

  #held(id: CollectionId): readonly Feature[] {
    return this.#features.get(id) ?? [];
  }
}
