/** The map of what would be different: the basemap of the map page, and above it what is new, changed and removed. */
import * as L from 'leaflet';
import { addBasemap } from '../basemap/basemap';
import { element } from '../dom';
import { markIcon } from '../layers/mark-icon';
import { Tooltip } from '../layers/tooltip';
import { createMap, mapContainer } from '../map';
import { homeView } from '../state';
import { type DiffMark, diffMark, diffMarks, markOf } from './diff-marks';
import type { Bounds, Difference } from './imports';
import { label, t } from './texts';

const markSize = 24;
const closest = 11; // no nearer than this by itself: the basemap has nothing to stand beside it

export class ImportMap {
  readonly node: HTMLElement;
  readonly #container = mapContainer();
  readonly #legend: HTMLElement;
  #drawn: { readonly map: L.Map; readonly group: L.FeatureGroup; readonly sight: L.LayerGroup } | null = null;

  constructor() {
    const rows = diffMarks.map(mark => element('li', {}, diffMark(mark, 20), nameOf(mark)));
    this.#legend = element('ul', { class: 'diff-legend', 'aria-label': t('map.legend') }, ...rows);
    this.node = element(
      'div',
      { class: 'map-box', hidden: true },
      element('div', { class: 'stage' }, this.#container),
      this.#legend,
    );
  }

  hide(): void {
    this.node.hidden = true;
  }

  showDifferences(differences: readonly Difference[]): void {
    const { map, group, sight } = this.#ready();
    this.#legend.hidden = differences.length === 0;
    group.clearLayers();
    sight.clearLayers();
    const tooltip = new Tooltip(map);
    const before = new Map<string, L.LatLng>();
    for (const difference of differences) {
      const layer = drawnOf(difference, tooltip);
      if (!layer) continue;
      group.addLayer(layer.shown);
      const { row, collection, id, part } = difference.properties;
      const key = `${row}/${collection}/${id}`;
      const from = before.get(key);
      if (part === 'before') before.set(key, layer.middle);
      else if (from) group.addLayer(L.polyline([from, layer.middle], { className: 'diff-way', interactive: false }));
    }
    frame(map, group.getBounds());
  }

  /** Draws where the file would lie; null takes it away. */
  showBox(bounds: Bounds | null): void {
    const { map, group, sight } = this.#ready();
    this.#legend.hidden = true;
    group.clearLayers();
    sight.clearLayers();
    if (!bounds) return;
    const [west, south, east, north] = bounds;
    const box = L.latLngBounds([south, west], [north, east]);
    sight.addLayer(L.rectangle(box, { className: 'sight-box', interactive: false }));
    // A box of a village would be a speck: the ring is seen from afar.
    sight.addLayer(L.circleMarker(box.getCenter(), { radius: 18, className: 'sight-ring', interactive: false }));
    frame(map, box.pad(1.5));
  }

  /** Takes the map to a place and marks it. */
  show(lon: number, lat: number): void {
    const { map, sight } = this.#ready();
    sight.clearLayers();
    sight.addLayer(L.circleMarker([lat, lon], { radius: 20, className: 'sight-ring', interactive: false }));
    map.setView([lat, lon], Math.max(map.getZoom(), closest - 1));
  }

  /** Takes the map to what is drawn of a row. */
  showRow(difference: Difference): void {
    const middle = middleOf(difference);
    if (middle) this.show(middle.lng, middle.lat);
  }

  #ready() {
    this.node.hidden = false;
    if (!this.#drawn) {
      const map = createMap(this.#container, homeView);
      void addBasemap(map);
      this.#drawn = { map, group: L.featureGroup().addTo(map), sight: L.layerGroup().addTo(map) };
    }
    // It may have been hidden, or empty, when its size was last looked at.
    this.#drawn.map.invalidateSize(false);
    return this.#drawn;
  }
}

function nameOf(mark: DiffMark): string {
  return label('action', mark);
}

function frame(map: L.Map, bounds: L.LatLngBounds): void {
  if (bounds.isValid()) map.fitBounds(bounds, { padding: [40, 40], maxZoom: closest, animate: false });
}

function drawnOf(difference: Difference, tooltip: Tooltip): { shown: L.Layer; middle: L.LatLng } | null {
  const middle = middleOf(difference);
  if (!middle || !difference.geometry) return null;
  const { action, part, name, id } = difference.properties;
  const mark = markOf(action, part);
  const marker = L.marker(middle, {
    icon: markIcon(diffMark(mark, markSize), markSize),
    // The list of differences is the way of the keyboard: a thousand stops are none.
    keyboard: false,
    zIndexOffset: part === 'after' ? 100 : 0,
  });
  marker.on('mouseover click', () => tooltip.show(middle, name || id, nameOf(mark)));
  marker.on('mouseout remove', () => tooltip.hide());
  if (difference.geometry.type === 'Point') return { shown: marker, middle };
  const outline = L.geoJSON(
    difference as GeoJSON.Feature,
    {
      style: () => ({ className: `diff-line diff-line-${mark}` }),
      pointToLayer: (_, at) => L.circleMarker(at, { radius: 3, className: `diff-line diff-line-${mark}` }),
      interactive: false,
    } as L.GeoJSONOptions,
  );
  return { shown: L.featureGroup([outline, marker]), middle };
}

/** A point, or the vertex half way: a place that lies on what is drawn. */
function middleOf({ geometry }: Difference): L.LatLng | null {
  if (!geometry || geometry.type === 'GeometryCollection') return null;
  const flat = (geometry.coordinates as unknown[]).flat(4) as number[];
  // Positions may have heights; the innermost arrays tell how many numbers each has.
  const width = widthOf(geometry.coordinates);
  const at = Math.floor(flat.length / width / 2) * width;
  const [lon, lat] = [flat[at], flat[at + 1]];
  return lon === undefined || lat === undefined ? null : L.latLng(lat, lon);
}

function widthOf(coordinates: unknown): number {
  let inner = coordinates;
  while (Array.isArray(inner) && Array.isArray(inner[0])) inner = inner[0];
  return Array.isArray(inner) && inner.length > 0 ? inner.length : 2;
}
