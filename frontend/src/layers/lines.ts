import * as L from 'leaflet';
import type { CollectionId } from '../collections';
import { codeOf, type Feature, nameOf } from '../feature';
import type { Drawing } from '../filters/filtered';
import { bringIntoSight } from '../in-sight';
import { label } from '../texts';
import type { Drawn, MarkPlace, Select } from './drawn';
import { placeOnLine } from './line-place';
import { faintOpacity, lineStyles } from './line-styles';
import { type LookOf, sayCompared } from './look';
import type { Tooltip } from './tooltip';

const fingerWidth = 18; // a line of two pixels is hard to hit

/** Lines of a collection with a status: a light casing, the line, and above both an unseen band to hit. */
export class LineLayer implements Drawn {
  readonly #group: L.LayerGroup;
  readonly #renderer = L.svg({ pane: 'lines', padding: 0.3 });
  /** What is drawn. The same is left alone: who has begun to press a line, or stands on it, is still there. */
  #drawn = '';

  constructor(
    map: L.Map,
    readonly collection: CollectionId,
    readonly tooltip: Tooltip,
    readonly select: Select,
    readonly lookOf: LookOf,
  ) {
    this.#group = L.layerGroup().addTo(map);
  }

  draw({ features, dimmed }: Drawing): void {
    const looks = features.map(feature => [
      lineStyles(feature, this.lookOf(this.collection, feature)),
      this.#detail(feature),
    ]);
    const drawn = JSON.stringify([features, [...dimmed], looks]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const focused = focusedId(this.#group);
    this.#group.clearLayers();
    for (const feature of features) {
      const path = latLngsOf(feature);
      if (!path) continue;
      const { casing, line } = lineStyles(feature, this.lookOf(this.collection, feature));
      if (dimmed.has(feature.id)) {
        this.#group.addLayer(this.#line(path, { ...line, opacity: faintOpacity, className: 'line-dimmed' }));
        continue;
      }
      this.#group.addLayer(this.#line(path, { ...casing, className: `${casing.className} ${this.casing}` }));
      this.#group.addLayer(this.#line(path, line));
      const band = this.#band(feature, path);
      this.#group.addLayer(band);
      this.#describe(band, feature, focused === feature.id);
    }
  }

  places(): MarkPlace[] {
    return [];
  }

  remove(): void {
    this.#group.remove();
    this.#renderer.remove();
  }

  private get casing(): string {
    return `line-casing-${this.collection}`;
  }

  #line(path: L.LatLngExpression[][], options: L.PolylineOptions): L.Polyline {
    return L.polyline(path, { renderer: this.#renderer, interactive: false, ...options });
  }

  #band(feature: Feature, path: L.LatLngExpression[][]): L.Polyline {
    const band = this.#line(path, { interactive: true, weight: fingerWidth, opacity: 0, className: 'line-band' });
    band.on('click', event => {
      L.DomEvent.stopPropagation(event);
      this.select({ collection: this.collection, id: feature.id });
    });
    band.on('mousemove', ({ latlng }) => this.tooltip.show(latlng, nameOf(feature), this.#detail(feature)));
    band.on('mouseout remove', () => this.tooltip.hide());
    return band;
  }

  /** Where the keyboard stands on a line, some of it is in sight, and says what it is. */
  #point(band: L.Polyline, feature: Feature): void {
    const { map } = this.tooltip;
    const at = placeOnLine(map, band.getLatLngs() as L.LatLng[][]);
    if (at === null) return;
    bringIntoSight(map, at);
    this.tooltip.show(at, nameOf(feature), this.#detail(feature));
  }

  #detail(feature: Feature): string {
    const compared = sayCompared(this.lookOf(this.collection, feature).compared);
    return [`${label('layer', this.collection)}: ${label('status', codeOf(feature))}`, compared]
      .filter(part => part !== '')
      .join('. ');
  }

  #describe(band: L.Polyline, feature: Feature, focus: boolean): void {
    const node = band.getElement() as SVGElement | undefined;
    if (!node) return;
    node.dataset.id = feature.id;
    node.setAttribute('tabindex', '0');
    node.setAttribute('role', 'button');
    node.setAttribute('aria-label', `${nameOf(feature)}. ${this.#detail(feature)}`);
    node.addEventListener('keydown', event => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      this.select({ collection: this.collection, id: feature.id });
    });
    node.addEventListener('focus', () => {
      if (node.matches(':focus-visible')) this.#point(band, feature);
    });
    node.addEventListener('blur', () => this.tooltip.hide());
    if (focus) node.focus();
  }
}

/** Lines are drawn anew, so the one the keyboard stood on is looked up to stand there again. */
function focusedId(group: L.LayerGroup): string | null {
  const active = document.activeElement;
  const inside = group.getLayers().some(layer => (layer as L.Polyline).getElement() === active);
  return inside ? ((active as SVGElement).dataset.id ?? null) : null;
}

function latLngsOf({ geometry }: Feature): L.LatLng[][] | null {
  if (geometry?.type === 'LineString') return [L.GeoJSON.coordsToLatLngs(geometry.coordinates)];
  if (geometry?.type === 'MultiLineString') return L.GeoJSON.coordsToLatLngs(geometry.coordinates, 1);
  return null;
}
