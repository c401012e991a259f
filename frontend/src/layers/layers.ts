/** All collections on the map: gives each answer to its layer and keeps points on one spot apart. */
import type * as L from 'leaflet';
import { type CollectionId, codeProperty, collectionIds, collections, drawnAs } from '../collections';
import type { CrowdActions } from '../crowd/crowd-layer';
import type { Feature } from '../feature';
import type { Drawing } from '../filters/filtered';
import { AccuracyCircles } from './accuracy-circles';
import { CrowdSwitch } from './crowd-switch';
import { type Drawn, keyOf, type MarkPlace, type Select, type SelectSeveral } from './drawn';
import { IncidentLayer } from './incidents';
import { LineLayer } from './lines';
import type { Looking } from './look';
import { PointLayer } from './points';
import { reachMarks } from './reach';
import { spread } from './spread';
import { Tooltip } from './tooltip';

export class Layers {
  readonly #drawn: ReadonlyMap<CollectionId, Drawn>;
  readonly #listeners = new Set<() => void>();
  readonly #drawings = new Map<CollectionId, Drawing>();
  readonly #circles: AccuracyCircles;
  readonly #letGo: () => void;

  constructor(map: L.Map, select: Select, selectSeveral: SelectSeveral, looking: Looking) {
    const tooltip = new Tooltip(map);
    const one = (id: CollectionId): Drawn => {
      const { drawing } = collections[id];
      if (drawing === 'incidents') return new IncidentLayer(map, tooltip, select, selectSeveral);
      const Layer = drawing === 'lines' ? LineLayer : PointLayer;
      return new Layer(map, id, tooltip, select, looking.of);
    };
    const actions = (id: CollectionId): CrowdActions => ({
      select,
      selectSeveral,
      onDraw: () => this.#tell(),
      onSingles: singles => this.#circles.draw(id, singles),
    });
    const make = (id: CollectionId): Drawn =>
      new CrowdSwitch(one(id), Crowd => new Crowd(map, id, tooltip, looking, actions(id)));
    this.#circles = new AccuracyCircles(map);
    this.#letGo = reachMarks(map);
    this.#drawn = new Map(collectionIds.map(id => [id, make(id)]));
  }

  /** Draws what a collection now holds; nothing takes it off the map. */
  draw(collection: CollectionId, drawing: Drawing): void {
    this.#drawings.set(collection, drawing);
    // A layer that comes or goes moves its neighbours on the same spot.
    const redrawn = collections[collection].drawing === 'points' ? drawnAs('points') : [collection];
    const offsets = spread(
      drawnAs('points').flatMap(id => this.#held(id).features.map(feature => ({ key: keyOf(id, feature), feature }))),
    );
    for (const id of redrawn) this.#drawn.get(id)?.draw(this.#held(id), offsets);
    // A crowd tells what stands alone when its tiles are there.
    if (!drawing.crowd) this.#circles.draw(collection, placesIn(this.#held(collection)));
    this.#tell();
  }

  /** Draws again what is held, because what it looks like has changed. */
  redraw(): void {
    for (const id of this.#drawings.keys()) if (codeProperty(id) === 'status') this.draw(id, this.#held(id));
  }

  /** What is held of a collection one by one. */
  readonly featuresOf = (id: CollectionId): readonly Feature[] => this.#held(id).features;

  /** Where marks stand just now. */
  places(): MarkPlace[] {
    return [...this.#drawn.values()].flatMap(layer => layer.places());
  }

  onDraw(listener: () => void): void {
    this.#listeners.add(listener);
  }

  remove(): void {
    for (const layer of this.#drawn.values()) layer.remove();
    this.#circles.remove();
    this.#letGo();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  #held(id: CollectionId): Drawing {
    return this.#drawings.get(id) ?? { features: [], dimmed: new Set(), crowd: null };
  }
}

/** What circles are drawn for: not for what stands back. */
function placesIn({ features, dimmed }: Drawing): Feature[] {
  return features.filter(({ id }) => !dimmed.has(id));
}
