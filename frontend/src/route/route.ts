/** CASA-1000 as a route to follow, folded away below its legend; what shows it is loaded when it is unfolded. */
import type * as L from 'leaflet';
import { element } from '../dom';
import type { Feature } from '../feature';
import { t } from '../texts';
import type { RouteView } from './route-view';

export class Route {
  readonly node: HTMLDetailsElement;
  #features: readonly Feature[] = [];
  #view: RouteView | null = null;

  constructor(
    readonly map: L.Map,
    readonly select: (id: string) => void,
  ) {
    this.node = element('details', { class: 'route-fold', hidden: true }, element('summary', {}, t('route.title')));
    this.node.addEventListener('toggle', () => {
      if (this.node.open) void this.#open();
      else this.#view?.stop();
    });
  }

  /** The sections as they are on the date; none takes the route away. */
  draw(features: readonly Feature[]): void {
    this.#features = features;
    this.node.hidden = features.length === 0;
    this.#view?.draw(features);
    if (features.length === 0) this.#view?.stop();
  }

  async #open(): Promise<void> {
    if (this.#view) return;
    const waiting = element('p', { role: 'status' }, t('route.loading'));
    this.node.append(waiting);
    const { RouteView } = await import('./route-view');
    this.#view ??= new RouteView(this.map, this.select);
    waiting.replaceWith(this.#view.node);
    this.#view.draw(this.#features);
  }
}
