/** Opens what the state names, keeps it true to the date, and closes it again. */
import type * as L from 'leaflet';
import { ApiError, fetchItem } from '../api';
import type { Feature, Item, ItemKey } from '../feature';
import { sameKey } from '../feature';
import type { AccuracyCircle } from '../layers/accuracy';
import { placeIn } from '../live/place-in';
import { sayError } from '../say-error';
import type { State } from '../state';
import { t } from '../texts';
import { anchorOf } from './anchor';
import { itemContent, messageContent, severalContent } from './content';
import { type Frame, narrowWidth, popupFrame, sheetFrame } from './frame';

/** A drag of the slider is asked for where it rests, as in the feeds. */
const debounceMilliseconds = 120;

export class Details {
  #frame: Frame | null = null;
  #shown: ItemKey | null = null;
  #question: AbortController | null = null;
  #returnFocus: Element | null = null;
  #opening = false;

  constructor(
    readonly map: L.Map,
    readonly host: HTMLElement,
    readonly circle: AccuracyCircle,
    /** Called with null when the reader closes the details. */
    readonly select: (key: ItemKey | null) => void,
  ) {
    // Leaflet hears Escape only while the map itself has the focus.
    host.addEventListener('keydown', event => {
      if (event.key === 'Escape' && this.#frame !== null) this.#dismiss();
    });
  }

  update(state: State, previous: State | null): void {
    const { item, date } = state;
    const same = sameKey(item, previous?.item ?? null);
    if (same && (item === null || date === previous?.date || item.collection === 'incidents')) return;
    if (!same) this.#close();
    this.#question?.abort();
    if (item !== null) this.#ask(item, date, same ? debounceMilliseconds : 0);
  }

  /** What is open is asked for again, because its collection has changed; the reader keeps their place in it. */
  refresh(state: State): void {
    const { item, date } = state;
    if (item === null || !sameKey(this.#shown, item)) return;
    this.#question?.abort();
    this.#ask(item, date, 0);
  }

  /** Incidents on one spot, to choose one from; not part of the state, because it depends on the zoom. */
  choose(features: readonly Feature[], at: L.LatLng): void {
    this.select(null);
    this.#close();
    this.#open(at);
    this.#show(severalContent(features, feature => this.select({ collection: 'incidents', id: feature.id })));
  }

  #ask(key: ItemKey, date: string, delay: number): void {
    const { signal } = this.#newQuestion();
    const timer = setTimeout(() => void this.#load(key, date, signal), delay);
    signal.addEventListener('abort', () => clearTimeout(timer));
  }

  #newQuestion(): AbortController {
    this.#question = new AbortController();
    return this.#question;
  }

  async #load(key: ItemKey, date: string, signal: AbortSignal): Promise<void> {
    const datetime = key.collection === 'incidents' ? null : date;
    const item = await fetchItem(key, datetime, signal).catch((error: unknown) => {
      if (!signal.aborted) this.#showFailure(key, error);
      return null;
    });
    if (item !== null && !signal.aborted) this.#showItem(key, item, date);
  }

  #showItem(key: ItemKey, item: Item, date: string): void {
    if (!sameKey(this.#shown, key)) this.#open(anchorOf(item.geometry));
    this.#shown = key;
    this.#show(itemContent(key, item, date));
    this.circle.show(item);
  }

  #showFailure(key: ItemKey, error: unknown): void {
    const missing = error instanceof ApiError && error.status === 404;
    if (this.#frame === null) this.#open(null);
    this.#shown = key;
    this.#show(messageContent(missing ? t('item.missing') : t('item.failed', { reason: sayError(error) })));
  }

  #open(at: L.LatLng | null): void {
    this.#opening = true;
    this.#returnFocus = document.activeElement;
    const onClose = () => this.#dismiss();
    const popup = at !== null && this.map.getContainer().clientWidth >= narrowWidth;
    this.#frame = popup ? popupFrame(this.map, at, onClose) : sheetFrame(this.host, onClose);
    if (at !== null && !popup) this.#panAbove(at);
  }

  /** The reader closes the details. */
  #dismiss(): void {
    this.#close();
    this.select(null);
  }

  /** On a phone the sheet covers the lower half: the place is brought to the upper. */
  #panAbove(at: L.LatLng): void {
    const size = this.map.getSize();
    const point = this.map.latLngToContainerPoint(at);
    this.map.panBy(point.subtract([size.x / 2, size.y * 0.22]));
  }

  /** The focus goes to new details, and stays in those it was in; it is not taken from the slider that moves them. */
  #show(content: HTMLElement): void {
    const inside = document.activeElement?.closest('.details') != null;
    const first = content.querySelector('h2') ?? content;
    first.setAttribute('tabindex', '-1');
    const renewed = !this.#opening;
    const back = renewed ? placeIn('.details') : null;
    this.#frame?.show(content);
    if (back?.()) return;
    if (this.#opening || inside) first.focus({ preventScroll: true });
    this.#opening = false;
  }

  #close(): void {
    this.#question?.abort();
    const frame = this.#frame;
    if (frame === null) return;
    this.#frame = null;
    this.#shown = null;
    frame.close();
    this.circle.hide();
    if (this.#returnFocus instanceof HTMLElement || this.#returnFocus instanceof SVGElement) {
      if (this.#returnFocus.isConnected) this.#returnFocus.focus({ preventScroll: true });
    }
  }
}
