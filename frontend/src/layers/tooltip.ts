import * as L from 'leaflet';
import { element } from '../dom';
import { setNode } from '../leaflet-content';

/** The one tooltip of the map: two lines beside what is pointed at. */
export class Tooltip {
  readonly #tooltip = L.tooltip({ direction: 'top', offset: [0, -12], opacity: 1, className: 'map-tooltip' });

  constructor(readonly map: L.Map) {}

  show(at: L.LatLngExpression, label: string, detail: string): void {
    setNode(this.#tooltip, element('div', {}, element('strong', { dir: 'auto' }, label), element('span', {}, detail)));
    this.#tooltip.setLatLng(at).addTo(this.map);
  }

  hide(): void {
    this.#tooltip.remove();
  }
}
