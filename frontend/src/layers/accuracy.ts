import * as L from 'leaflet';
import { type Feature, number, pointOf } from '../feature';

/** The circle within which an opened point should lie. Lines say their accuracy in words only. */
export class AccuracyCircle {
  readonly #circle: L.Circle;
  readonly #renderer = L.svg({ pane: 'accuracy' });

  constructor(readonly map: L.Map) {
    this.#circle = L.circle([0, 0], {
      radius: 0,
      renderer: this.#renderer,
      interactive: false,
      className: 'accuracy-circle',
    });
  }

  show(feature: Feature): void {
    const [lon, lat] = pointOf(feature)?.coordinates ?? [];
    const metres = number(feature.properties, 'position_accuracy_m');
    if (lon === undefined || lat === undefined || metres === null) {
      this.hide();
      return;
    }
    this.#circle.setLatLng([lat, lon]).setRadius(metres).addTo(this.map);
  }

  hide(): void {
    this.#circle.remove();
  }
}
