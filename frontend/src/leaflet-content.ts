/** Leaflet reads strings as HTML. Content reaches its popups and tooltips through here only, and here only as nodes. */
import type * as L from 'leaflet';

export function setNode(overlay: L.Popup | L.Tooltip, node: HTMLElement): void {
  overlay.setContent(node);
}
