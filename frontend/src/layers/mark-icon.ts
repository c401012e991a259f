import * as L from 'leaflet';

export type Offset = readonly [x: number, y: number];

const stem = 8; // pixels between a pin and its point; the style sheet draws it

/** A mark whose middle is its point. */
export function markIcon(mark: SVGSVGElement, size: number, offset: Offset = [0, 0]): L.DivIcon {
  return icon(mark, size, [size / 2 - offset[0], size / 2 - offset[1]], 'map-mark');
}

/** A mark that stands above its point on a stem, so that it does not cover what is there. */
export function pinIcon(mark: SVGSVGElement, size: number): L.DivIcon {
  return icon(mark, size, [size / 2, size + stem], 'map-mark pin');
}

/** Leaflet would also take HTML text here; this is the only place that makes an icon. */
function icon(mark: SVGSVGElement, size: number, anchor: L.PointTuple, className: string): L.DivIcon {
  // Leaflet's types know HTML elements only; it asks for any Element.
  const html = mark as unknown as HTMLElement;
  return L.divIcon({ html, className, iconSize: [size, size], iconAnchor: anchor });
}
