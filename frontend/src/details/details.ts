/** Opens what the state names, keeps it true to the date, and closes it again. */
import type * as L from 'leaflet';
import { fetchItem, fetchNear } from '../api';
import type { CollectionId } from '../collections';
import { today } from '../dates';
import type { Feature, Item, ItemKey } from '../feature';
import { sameKey } from '../feature';
import { ApiError } from '../fetching';
import { bringIntoSight } from '../in-sight';
import type { AccuracyCircle } from '../layers/accuracy';
import { placeIn } from '../live/place-in';
import { incidentPeriod } from '../period';
import { sayError } from '../say-error';
import type { State } from '../state';
import { t } from '../texts';
import { anchorOf } from './anchor';
import { type DetailActions, sameClocks, timesOf } from './context';
import { type Content, Frame } from './frame';
import { newKept } from './kept';
import { messageContent } from './message';
import { usualRadius } from './radii';
import { severalContent } from './several';

/** A drag of the slider is asked for where it rests, as in the feeds. */
const debounceMilliseconds = 120;

type ItemContent = typeof import('./content');

/** What shows an item is loaded with the first one; a line that is cut is told as any other cut line. */
function loadContent(): Promise<ItemContent> {
  return import('./content').catch(() => {
    throw new ApiError('network', null, null);
  });
}

export class Details {
  #frame: Frame | null = null;
  #shown: ItemKey | null = null;
  /** What is listed to choose from. */
  #several: { readonly collection: CollectionId; readonly ids: ReadonlySet<string> } | null = null;
  #question: AbortController | null = null;
  #closing = new AbortController();
  #returnFocus: Element | null = null;
  #opening = false;
  #renewing = false;
  #near: number = usualRadius;
  #kept = newKept(this.#near);

  constructor(
    readonly map: L.Map,
    readonly host: HTMLElement,
    readonly circle: AccuracyCircle,
    readonly actions: DetailActions,
  ) {
    // Leaflet hears Escape only while the map itself has the focus.
    host.addEventListener('keydown', event => {
      if (event.key === 'Escape' && this.#frame !== null) this.#dismiss();
    });
  }

  update(state: State, previous: State | null): void {
    const { item } = state;
    this.#near = state.near;
    const same = sameKey(item, previous?.item ?? null);
    // A radius chosen in these details is one they show already.
    if (same && (item === null || (sameClocks(state, previous) && state.near === this.#kept.within))) return;
    if (!same) this.#close();
    this.#renewing = false;
    if (item !== null) this.#ask(item, state, same ? debounceMilliseconds : 0);
  }

  /** What is open is asked for again, because its collection has changed; the reader keeps their place in it. */
  refresh(state: State): void {
    const { item } = state;
    if (item === null || !sameKey(this.#shown, item)) return;
    this.#renewing = true;
    this.#ask(item, state, 0);
  }

  /** A list of features on one spot is drawn again as they now are. */
  redraw(featuresOf: (collection: CollectionId) => readonly Feature[]): void {
    if (this.#several === null) return;
    const { collection, ids } = this.#several;
    const features = featuresOf(collection).filter(({ id }) => ids.has(id));
    if (features.length === 0) return; // a crowd's are asked for when its mark is opened
    this.#renewing = true;
    this.#list(collection, features);
  }

  /** Features on one spot, to choose one from; not part of the state, because it depends on the zoom. */
  choose(collection: CollectionId, features: readonly Feature[], at: L.LatLng): void {
    this.actions.select(null);
    this.#close();
    this.#open();
    this.#list(collection, features);
    this.#several = { collection, ids: new Set(features.map(({ id }) => id)) };
    this.#reveal(at);
  }

  #list(collection: CollectionId, features: readonly Feature[]): void {
    this.#show(severalContent(collection, features, ({ id }) => this.actions.select({ collection, id })));
  }

  #ask(key: ItemKey, state: State, delay: number): void {
    this.#question?.abort();
    this.#question = new AbortController();
    const { signal } = this.#question;
    const timer = setTimeout(() => void this.#load(key, state, signal), delay);
    signal.addEventListener('abort', () => clearTimeout(timer));
  }

  async #load(key: ItemKey, state: State, signal: AbortSignal): Promise<void> {
    try {
      const [item, { itemContent }] = await Promise.all([fetchItem(key, timesOf(key, state), signal), loadContent()]);
      if (!signal.aborted) this.#showItem(key, item, state, itemContent);
    } catch (error) {
      if (!signal.aborted) this.#fail(key, error);
    }
  }

  #showItem(key: ItemKey, item: Item, state: State, itemContent: ItemContent['itemContent']): void {
    const fresh = !sameKey(this.#shown, key);
    if (fresh) this.#open();
    this.#shown = key;
    this.#kept.within = this.#near;
    const { date, recorded } = state;
    const asked = { date, recorded, today: today(), incidents: incidentPeriod(state) };
    const { signal } = this.#closing;
    this.#show(itemContent(key, item, { ...asked, kept: this.#kept, actions: this.actions, near: fetchNear, signal }));
    this.circle.show(item);
    if (fresh) this.#reveal(anchorOf(item.geometry));
  }

  #fail(key: ItemKey, error: unknown): void {
    const missing = error instanceof ApiError && error.status === 404;
    const unasked = this.#renewing;
    this.#renewing = false;
    // What the reader did not ask for takes nothing from them when it fails.
    if (unasked && !missing) return;
    if (this.#frame === null) this.#open();
    this.#shown = key;
    this.#show(messageContent(missing ? t('item.missing') : t('item.failed', { reason: sayError(error) })));
  }

  #open(): void {
    this.#opening = true;
    this.#closing = new AbortController();
    this.#kept = newKept(this.#near);
    this.#frame?.close();
    this.#returnFocus = document.activeElement;
    this.#frame = new Frame(this.host, () => this.#dismiss());
  }

  /** The reader closes the details. */
  #dismiss(): void {
    this.#close();
    this.actions.select(null);
  }

  /** Brings a place out from under the sheet, or back into a map that has become narrower. */
  #reveal(at: L.LatLng | null): void {
    if (at === null) return;
    this.map.invalidateSize(false);
    bringIntoSight(this.map, at);
  }

  /** The focus goes to new details, and stays in those it was in; it is not taken from the slider that moves them. */
  #show(content: Content): void {
    const frame = this.#frame;
    const active = document.activeElement;
    const inside = active?.closest('.details') != null;
    const kept = inside ? active?.closest<HTMLElement>('[data-keep]')?.dataset.keep : undefined;
    const back = this.#renewing ? placeIn('.details') : null;
    this.#renewing = false;
    frame?.show(content);
    if (back?.() || (inside && active?.isConnected)) return;
    const again = kept ? frame?.marked(kept) : null;
    if (this.#opening || inside) (again ?? frame?.first)?.focus({ preventScroll: true });
    this.#opening = false;
  }

  #close(): void {
    this.#question?.abort();
    this.#closing.abort();
    const frame = this.#frame;
    if (frame === null) return;
    this.#frame = null;
    this.#shown = null;
    this.#several = null;
    frame.close();
    this.circle.hide();
    if (this.#returnFocus instanceof HTMLElement || this.#returnFocus instanceof SVGElement) {
      if (this.#returnFocus.isConnected) this.#returnFocus.focus({ preventScroll: true });
    }
  }
}
