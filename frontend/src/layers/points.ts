import * as L from 'leaflet';
import type { CollectionId } from '../collections';
import { codeOf, type Feature, nameOf, pointOf } from '../feature';
import type { Drawing } from '../filters/filtered';
import { comparedMark, statusMark } from '../symbols';
import { label } from '../texts';
import { type Drawn, keyOf, type MarkPlace, type Select } from './drawn';
import type { LookOf } from './look';
import { Mark, type MarkOptions } from './mark';
import { markIcon, type Offset } from './mark-icon';
import { sizeOf } from './sizes';
import type { Tooltip } from './tooltip';

/** Points of a collection with a status. */
export class PointLayer implements Drawn {
  readonly #group: L.LayerGroup;
  readonly #marks = new Map<string, Mark>();

  constructor(
    map: L.Map,
    readonly collection: CollectionId,
    readonly tooltip: Tooltip,
    readonly select: Select,
    readonly lookOf: LookOf,
  ) {
    this.#group = L.layerGroup().addTo(map);
  }

  draw({ features, dimmed }: Drawing, offsets: ReadonlyMap<string, Offset>): void {
    const gone = new Set(this.#marks.keys());
    for (const feature of features) {
      const options = this.#options(feature, offsets.get(keyOf(this.collection, feature)));
      if (!options) continue;
      gone.delete(feature.id);
      this.#show(feature.id, dimmed.has(feature.id) ? { ...options, dimmed: true } : options);
    }
    for (const id of gone) this.#drop(id);
  }

  places(): MarkPlace[] {
    return [...this.#marks.values()].map(mark => mark.place);
  }

  remove(): void {
    this.#group.remove();
    this.#marks.clear();
  }

  #options(feature: Feature, offset: Offset | undefined): MarkOptions | null {
    const [lon, lat] = pointOf(feature)?.coordinates ?? [];
    if (lon === undefined || lat === undefined) return null;
    const code = codeOf(feature);
    const size = sizeOf(this.collection, code);
    const look = this.lookOf(this.collection, feature);
    const mark = comparedMark(statusMark(code, this.collection, size), look.compared);
    return {
      at: [lat, lon],
      icon: markIcon(mark, size, offset),
      look,
      ...(this.collection === 'power-facilities' && { pane: 'facilities' as const }),
      label: nameOf(feature),
      detail: `${label('layer', this.collection)}: ${label('status', code)}`,
      onSelect: () => this.select({ collection: this.collection, id: feature.id }),
    };
  }

  #show(id: string, options: MarkOptions): void {
    const mark = this.#marks.get(id);
    if (mark) {
      mark.update(options);
      return;
    }
    const added = new Mark(options, this.tooltip);
    this.#marks.set(id, added);
    this.#group.addLayer(added.marker);
  }

  #drop(id: string): void {
    const mark = this.#marks.get(id);
    if (mark) this.#group.removeLayer(mark.marker);
    this.#marks.delete(id);
  }
}
