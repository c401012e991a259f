import type { Schema } from '../api';
import { type CollectionId, collectionIds } from '../collections';
import { button, element, signed } from '../dom';
import type { ItemKey } from '../feature';
import type { Feed } from '../feeds';
import { countSet, type Facet } from '../filters/filter';
import { openEndedShown } from '../open-ended';
import type { Period } from '../period';
import type { State } from '../state';
import { t } from '../texts';
import { LayerSection } from './layer-section';
import { PeriodControl } from './period-control';
import { readingSection } from './reading';

export interface PanelActions {
  readonly toggle: (collection: CollectionId, shown: boolean) => void;
  readonly setPeriod: (period: Period | null) => void;
  readonly select: (key: ItemKey) => void;
  readonly toggleFilter: (facet: Facet, code: string) => void;
  readonly clearFilters: () => void;
}

/** The panel beside the map; a drawer over it on a narrow screen. */
export class Panel {
  readonly node: HTMLElement;
  readonly opener: HTMLButtonElement;
  readonly #sections: ReadonlyMap<CollectionId, LayerSection>;
  readonly #period: PeriodControl;
  readonly #clear: HTMLButtonElement;
  readonly #feeds = new Map<CollectionId, Feed>();
  #state: State | null = null;
  readonly #schemas = new Map<CollectionId, Schema>();

  constructor(actions: PanelActions, open: boolean) {
    const section = (id: CollectionId) =>
      new LayerSection(id, shown => actions.toggle(id, shown), actions.select, actions.toggleFilter);
    this.#sections = new Map(collectionIds.map(id => [id, section(id)]));
    this.#clear = button({ class: 'clear-filters', hidden: true }, () => {
      actions.clearFilters();
      this.node.querySelector<HTMLElement>('.panel-close')?.focus();
    });
    this.#period = new PeriodControl(actions.setPeriod);
    const sign = signed('M8 2l6 3.5L8 9 2 5.5zM2 9l6 3.5L14 9', t('panel.title'));
    this.opener = button({ class: 'panel-opener', 'aria-controls': 'panel' }, () => this.toggle(), ...sign);
    const closer = button({ class: 'panel-close', 'aria-label': t('panel.close') }, () => this.toggle(), '×');
    this.node = element(
      'aside',
      { id: 'panel', class: 'panel', 'aria-label': t('panel.open') },
      element('header', { class: 'panel-head' }, element('h2', {}, t('panel.title')), this.#clear, closer),
      ...[...this.#sections.values()].map(({ node }) => node),
      this.#period.node,
      readingSection(),
    );
    this.node.addEventListener('keydown', event => {
      if (event.key === 'Escape') this.#setOpen(false);
    });
    this.#setOpen(open, false);
  }

  addTools(node: HTMLElement): void {
    this.node.querySelector('.panel-head')?.after(node);
  }

  update(state: State): void {
    for (const [id, section] of this.#sections) {
      section.setShown(state.layers.includes(id));
      section.setFilters(state.filters);
    }
    const set = countSet(state.filters);
    this.#clear.hidden = set === 0;
    this.#clear.textContent = t('filter.clear', { n: set });
    this.#state = state;
    this.#updatePeriod();
  }

  setFeed(collection: CollectionId, feed: Feed): void {
    this.#feeds.set(collection, feed);
    this.#sections.get(collection)?.setFeed(feed, this.#schemas.get(collection) ?? null);
    if (collection === 'incidents') this.#updatePeriod();
  }

  #updatePeriod(): void {
    if (this.#state) this.#period.update(this.#state, openEndedShown(this.#feeds.get('incidents'), this.#state));
  }

  /** A schema names the codes; until it is there, or without it, the page's own names stand. */
  setSchema(collection: CollectionId, schema: Schema): void {
    this.#schemas.set(collection, schema);
    const feed = this.#feeds.get(collection);
    if (feed) this.setFeed(collection, feed);
  }

  /** Where others may put something into the section of a collection. */
  extraOf(collection: CollectionId): HTMLElement | null {
    return this.#sections.get(collection)?.extra ?? null;
  }

  toggle(): void {
    this.#setOpen(this.node.hidden !== false);
  }

  #setOpen(open: boolean, moveFocus = true): void {
    this.node.hidden = !open;
    this.opener.hidden = open;
    this.opener.setAttribute('aria-expanded', String(open));
    if (!moveFocus) return;
    const target = open ? this.node.querySelector<HTMLElement>('.panel-close') : this.opener;
    target?.focus();
  }
}
