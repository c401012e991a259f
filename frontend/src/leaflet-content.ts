/** Leaflet reads strings as HTML. Content reaches its popups and tooltips through here only, and here only as nodes. */
import type * as L from 'leaflet';
import { language } from './language/current';

export function setNode(overlay: L.Popup | L.Tooltip, node: HTMLElement): void {
  // The map runs from left to right in every language; what is written on it runs as the page does.
  node.dir = language().dir;
  overlay.setContent(node);
}
