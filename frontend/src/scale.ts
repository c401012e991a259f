import * as L from 'leaflet';
import { language } from './language/current';
import { sayDistance } from './quantity';

/** Leaflet's metric scale bar in the words and digits of the page: its own are English. */
class MetricScale extends L.Control.Scale {
  override onAdd(map: L.Map): HTMLElement {
    const node = super.onAdd?.(map) as HTMLElement;
    node.dir = language().dir;
    return node;
  }

  /** Leaflet calls this with the longest distance the bar may stand for. */
  _updateMetric(longest: number): void {
    const metres = roundedDown(longest);
    const bar = this.getContainer()?.firstElementChild;
    if (!(bar instanceof HTMLElement)) return;
    bar.style.width = `${Math.round(((this.options.maxWidth ?? longestBar) * metres) / longest)}px`;
    bar.textContent = sayDistance(metres);
  }
}

/** The largest 1, 2, 3 or 5 times a power of ten that is not larger. */
export function roundedDown(metres: number): number {
  const power = 10 ** Math.floor(Math.log10(metres));
  const step = [5, 3, 2, 1].find(factor => factor * power <= metres) ?? 1;
  return step * power;
}

// Its words must find room in it, and the shortest bar is half as long.
const longestBar = 150; // pixels

export function scale(): L.Control {
  return new MetricScale({ position: 'bottomright', imperial: false, maxWidth: longestBar });
}
