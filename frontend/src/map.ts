import * as L from 'leaflet';
import { attribution } from './attribution';
import { element } from './dom';
import { language } from './language/current';
import { scale } from './scale';
import type { View } from './state';
import { t } from './texts';

/** The panes from bottom to top. Leaflet's own marker and popup panes lie above them. */
const panes = {
  world: 200,
  online: 205,
  basemap: 250,
  labels: 300,
  accuracy: 395,
  lines: 410,
  facilities: 580,
  incidents: 590,
} as const;

export type Pane = keyof typeof panes;

export const zoomRange = { min: 3, max: 14 } as const;

// The basemap's extent with some room; beyond it there is nothing to see.
export const mapBounds = L.latLngBounds([27, 51], [47, 84]);

export function createMap(container: HTMLElement, view: View): L.Map {
  const map = L.map(container, {
    attributionControl: false, // its texts are HTML; see attribution.ts
    zoomControl: false,
    minZoom: zoomRange.min,
    maxZoom: zoomRange.max,
    maxBounds: mapBounds,
    maxBoundsViscosity: 0.8,
    // A popup that fades out would still be there for those who read or press keys.
    fadeAnimation: false,
  });
  for (const [name, zIndex] of Object.entries(panes)) map.createPane(name).style.zIndex = String(zIndex);
  // Across from the page's name, which stands where a line begins.
  const position = language().dir === 'rtl' ? 'topleft' : 'topright';
  L.control.zoom({ position, zoomInTitle: t('app.zoomIn'), zoomOutTitle: t('app.zoomOut') }).addTo(map);
  // In a bottom corner the later control stands above the earlier.
  attribution().addTo(map);
  scale().addTo(map);
  keepStill(map);
  keepLast(map);
  map.setView([view.lat, view.lon], view.zoom);
  followSize(map);
  return map;
}

const noMotion = '(prefers-reduced-motion: reduce)';

/** Whether the reader asked for no motion. */
export function still(): boolean {
  return matchMedia(noMotion).matches;
}

/** Leaflet glides wherever it is moved to; for those who asked for no motion it is there at once, and does not drift. */
function keepStill(map: L.Map): void {
  const panBy = map.panBy.bind(map);
  map.panBy = (offset, options) => panBy(offset, still() ? { ...options, animate: false } : options);
  const motion = matchMedia(noMotion);
  const drift = () => {
    map.options.inertia = !still();
  };
  drift();
  motion.addEventListener('change', drift);
  map.on('unload', () => motion.removeEventListener('change', drift));
}

/** Whether a zoom is on its way: at its end the map stands where that was to lead, whatever it was moved to meanwhile. */
export function zooming(map: L.Map): boolean {
  return map.getPane('mapPane')?.classList.contains('leaflet-zoom-anim') === true;
}

/** Leaflet drops a view that it is asked for during a zoom, as by two steps back: here the last one is shown after it. */
function keepLast(map: L.Map): void {
  const setView = map.setView.bind(map);
  let last: Parameters<typeof setView> | null = null;
  map.setView = (center, zoom, options) => {
    if (!zooming(map)) return setView(center, zoom, options);
    last = [center, zoom, { ...options, animate: false }];
    return map;
  };
  // Before its moveend, so that whoever hears that finds the map where it was asked to be.
  map.on('zoomend', () => {
    const asked = last;
    last = null;
    if (asked) setView(...asked);
  });
}

/** Leaflet hears the window change its size, not the panel open or close. */
function followSize(map: L.Map): void {
  const observer = new ResizeObserver(() => map.invalidateSize(false));
  observer.observe(map.getContainer());
  map.on('unload', () => observer.disconnect());
}

/** Whether the map shows a view: a map stands on whole pixels, so it may miss the middle by one. */
export function shows(map: L.Map, view: View): boolean {
  const { zoom } = view;
  if (map.getZoom() !== zoom) return false;
  return map.project([view.lat, view.lon], zoom).distanceTo(map.project(map.getCenter(), zoom)) <= 1;
}

/** West, south, east, north of what is in sight, rounded outwards so that a small pull asks for the same. */
export function boxOf(map: L.Map): string {
  const box = map.getBounds();
  const down = (degrees: number, least: number) => Math.max(Math.floor(degrees * 100) / 100, least);
  const up = (degrees: number, most: number) => Math.min(Math.ceil(degrees * 100) / 100, most);
  return [down(box.getWest(), -180), down(box.getSouth(), -90), up(box.getEast(), 180), up(box.getNorth(), 90)].join();
}

export function viewOf(map: L.Map): View {
  const { lat, lng } = map.getCenter();
  return { zoom: map.getZoom(), lat: Number(lat.toFixed(4)), lon: Number(lng.toFixed(4)) };
}

/** The element the map lives in: named for screen readers and left-to-right in any language. */
export function mapContainer(): HTMLElement {
  return element('div', {
    id: 'map',
    class: 'map',
    role: 'region',
    'aria-label': t('app.map'),
    dir: 'ltr',
    tabindex: -1,
  });
}
