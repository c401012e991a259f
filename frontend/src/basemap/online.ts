/** The operator's online map, under the data and over the offline one. It is asked for only when the reader turns it on. */
import * as L from 'leaflet';
import { fetchAsset } from '../api';
import { element } from '../dom';
import { t } from '../texts';

interface Settings {
  readonly basemap: Readonly<Record<'tiles' | 'attribution', string>> | null;
}

/** A switch for the panel and what it switches. Without an online map the switch is not shown. */
export class OnlineMap {
  readonly node: HTMLElement;
  readonly #box = element('input', { type: 'checkbox', id: 'online-map' });
  readonly #note = element('p', { class: 'quiet', id: 'online-note' });
  #layer: L.TileLayer | null = null;
  #credit: HTMLElement | null = null;
  #on = false;

  constructor(
    readonly map: L.Map,
    toggle: (on: boolean) => void,
  ) {
    this.#box.setAttribute('aria-describedby', 'online-note');
    this.#box.addEventListener('change', () => toggle(this.#box.checked));
    const name = element('span', { class: 'layer-name' }, t('online.toggle'));
    const head = element('label', { class: 'layer-head' }, this.#box, name);
    this.node = element('section', { class: 'online', hidden: true }, head, this.#note);
    void this.#start();
  }

  update(on: boolean): void {
    this.#on = on;
    this.#box.checked = on;
    const layer = this.#layer;
    if (!layer || this.map.hasLayer(layer) === on) return;
    if (on) layer.addTo(this.map);
    else layer.remove();
    if (this.#credit) this.#credit.hidden = !on;
    if (!on) this.map.getContainer().classList.remove('online-drawn');
  }

  async #start(): Promise<void> {
    // A server that says nothing has none.
    const { basemap } = await fetchAsset<Settings>('page.json').catch((): Settings => ({ basemap: null }));
    if (!basemap) return;
    this.#layer = this.#tiles(basemap.tiles);
    this.#credit = element('span', { hidden: true }, ` · ${basemap.attribution}`);
    this.map.getContainer().querySelector('.attribution')?.append(this.#credit);
    this.#note.textContent = t('online.note', { host: new URL(basemap.tiles).host });
    this.node.hidden = false;
    this.update(this.#on);
  }

  /** The names of the offline map make room once pictures with names of their own are there. */
  #tiles(address: string): L.TileLayer {
    const layer = L.tileLayer(address, { pane: 'online', maxZoom: 19 });
    let failed = false;
    layer.on('loading', () => {
      failed = false;
    });
    layer.on('tileerror', () => {
      failed = true;
    });
    layer.on('load', () => this.map.getContainer().classList.toggle('online-drawn', !failed));
    return layer;
  }
}
