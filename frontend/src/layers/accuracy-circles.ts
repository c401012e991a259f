import * as L from 'leaflet';
import type { CollectionId } from '../collections';
import { type Feature, number, pointOf } from '../feature';
import { mapColors, onThemeChange } from '../theme';

/** From this zoom on circles are drawn, where they are larger than their mark and smaller than what is in sight. */
const fromZoom = 8;
const smallestPixels = 16;
const largestShare = 0.6; // of the shorter side of the map

/** Around every point whose accuracy is known, where it lies for certain: faint, and not to be clicked. */
export class AccuracyCircles {
  readonly #group: L.LayerGroup;
  readonly #renderer = L.canvas({ pane: 'accuracy', padding: 0.2 });
  readonly #features = new Map<CollectionId, readonly Feature[]>();
  readonly #stop: () => void;

  constructor(readonly map: L.Map) {
    this.#group = L.layerGroup().addTo(map);
    map.on('zoomend', this.#show, this);
    this.#stop = onThemeChange(() => this.#show());
  }

  draw(collection: CollectionId, features: readonly Feature[]): void {
    const known = features.filter(feature => accuracyOf(feature) !== null);
    if (known.length === 0 && !this.#features.get(collection)?.length) return;
    this.#features.set(collection, known);
    this.#show();
  }

  /** How many circles stand on the map. */
  get count(): number {
    return this.#group.getLayers().length;
  }

  remove(): void {
    this.map.off('zoomend', this.#show, this);
    this.#stop();
    this.#group.remove();
    this.#renderer.remove();
  }

  #show(): void {
    this.#group.clearLayers();
    if (this.map.getZoom() < fromZoom) return;
    const { accuracy } = mapColors();
    const style = {
      color: accuracy,
      weight: 1,
      opacity: 0.55,
      dashArray: '3 4',
      fillColor: accuracy,
      fillOpacity: 0.04,
    };
    for (const feature of [...this.#features.values()].flat()) {
      const [lon, lat] = pointOf(feature)?.coordinates ?? [];
      const radius = accuracyOf(feature);
      if (lon === undefined || lat === undefined || radius === null || !this.#fits(lat, radius)) continue;
      this.#group.addLayer(L.circle([lat, lon], { ...style, radius, renderer: this.#renderer, interactive: false }));
    }
  }

  #fits(lat: number, metres: number): boolean {
    const pixels = metres / metresPerPixel(lat, this.map.getZoom());
    const { x, y } = this.map.getSize();
    return pixels >= smallestPixels && pixels <= largestShare * Math.min(x, y);
  }
}

/** Of Web Mercator with tiles of 256 pixels. */
export function metresPerPixel(lat: number, zoom: number): number {
  return (40_075_016.686 * Math.cos((lat * Math.PI) / 180)) / (256 * 2 ** zoom);
}

function accuracyOf(feature: Feature): number | null {
  return number(feature.properties, 'position_accuracy_m');
}
