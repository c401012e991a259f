/** Keeps the list in step with the state, the map and the answers. The list itself is loaded when it is first opened. */
import type * as L from 'leaflet';
import type { CollectionId } from '../collections';
import { button, element } from '../dom';
import type { ItemKey } from '../feature';
import type { Feed } from '../feeds';
import type { State } from '../state';
import { t } from '../texts';
import type { CrowdRows } from './crowd-rows';
import type { List } from './list';
import type { Order } from './order';

export interface ListViewActions {
  readonly select: (key: ItemKey) => void;
  readonly setOpen: (open: boolean) => void;
  readonly setOrder: (order: Order) => void;
}

export class ListView {
  readonly opener: HTMLButtonElement;
  readonly #feeds = new Map<CollectionId, Feed>();
  #state: State;
  #parts: {
    readonly list: List;
    readonly crowds: CrowdRows;
    readonly listingOf: typeof import('./rows').listingOf;
  } | null = null;
  /** What the reader has just asked for takes the focus; what an address asks for does not. */
  #focus = false;
  #failed: HTMLElement | null = null;

  constructor(
    readonly map: L.Map,
    readonly host: HTMLElement,
    state: State,
    readonly actions: ListViewActions,
  ) {
    this.#state = state;
    this.opener = button({ class: 'list-opener', 'aria-expanded': 'false' }, () => this.#toggle(), t('list.open'));
    map.on('moveend', this.#draw, this);
  }

  update(state: State): void {
    const opened = state.list && !this.#parts?.list.node.isConnected;
    this.#state = state;
    this.opener.setAttribute('aria-expanded', String(state.list));
    if (opened) void this.#open();
    else if (!state.list) this.#close();
    else this.#draw();
  }

  setFeed(collection: CollectionId, feed: Feed): void {
    this.#feeds.set(collection, feed);
    this.#draw();
  }

  remove(): void {
    this.map.off('moveend', this.#draw, this);
    this.#parts?.list.node.remove();
  }

  #toggle(): void {
    this.#focus = !this.#state.list;
    this.actions.setOpen(!this.#state.list);
  }

  async #open(): Promise<void> {
    const parts = await this.#load();
    // While it was loading it may have been given up, or asked for once more.
    if (!this.#state.list || this.#parts?.list.node.isConnected) return;
    if (parts === null) {
      this.#sayFailed();
      return;
    }
    this.#failed?.remove();
    this.#parts = parts;
    this.host.append(parts.list.node);
    this.#draw();
    if (this.#focus) parts.list.focus();
    this.#focus = false;
  }

  async #load() {
    if (this.#parts) return this.#parts;
    try {
      const [{ List }, { CrowdRows }, { listingOf }] = await Promise.all([
        import('./list'),
        import('./crowd-rows'),
        import('./rows'),
      ]);
      const { select, setOpen, setOrder } = this.actions;
      const crowds = new CrowdRows(() => this.#draw());
      return { list: new List({ select, setOrder, close: () => setOpen(false) }), crowds, listingOf };
    } catch {
      return null;
    }
  }

  #sayFailed(): void {
    this.#failed?.remove();
    const retry = button({}, () => void this.#open(), t('load.retry'));
    this.#failed = element('section', { class: 'list list-failed', role: 'alert' }, t('list.failed'), ' ', retry);
    this.host.append(this.#failed);
  }

  #close(): void {
    this.#failed?.remove();
    const node = this.#parts?.list.node;
    if (!node?.isConnected) return;
    const inside = node.contains(document.activeElement);
    node.remove();
    if (inside) this.opener.focus({ preventScroll: true });
  }

  #draw(): void {
    if (!this.#parts?.list.node.isConnected) return;
    const { list, crowds, listingOf } = this.#parts;
    // As on the map, what was last shown stays while an answer is on its way.
    if ([...this.#feeds.values()].some(({ phase }) => phase === 'busy')) return;
    const bounds = this.map.getBounds();
    const box = {
      west: bounds.getWest(),
      south: bounds.getSouth(),
      east: bounds.getEast(),
      north: bounds.getNorth(),
    };
    list.show(listingOf(this.#feeds, box, crowds.within(this.#feeds, box)), this.#state.date, this.#state.order);
  }
}
