/** What is in the map's view, as a table that follows the map: a way through the map for those who do not see it. */
import './list.css';
import { type CollectionId, codeProperty } from '../collections';
import { sayDate } from '../dates';
import { button, element, renew, setText } from '../dom';
import type { ItemKey } from '../feature';
import { dataText } from '../language/data-text';
import { categoryMark, statusMark } from '../symbols';
import { type Key, label, t } from '../texts';
import { mostListed } from './crowd-rows';
import { type Column, columns, firstOrder, nextOrder, type Order } from './order';
import type { Listing, Row } from './rows';
import { sorted } from './sort';

/** More rows than this make the page slow to lay out and long to walk through. */
const pageSize = 100;

const names = {
  name: 'list.name',
  kind: 'list.kind',
  status: 'list.status',
  since: 'list.since',
  country: 'list.country',
} as const satisfies Record<Column, Key>;

export interface ListActions {
  readonly select: (key: ItemKey) => void;
  readonly close: () => void;
  readonly setOrder: (order: Order) => void;
}

export class List {
  readonly node: HTMLElement;
  readonly #count = element('p', { class: 'list-count', role: 'status' });
  readonly #remarks = element('p', { class: 'quiet list-remarks' });
  readonly #body = element('tbody');
  readonly #heads: ReadonlyMap<Column, HTMLTableCellElement>;
  readonly #pages = element('nav', { class: 'list-pages', 'aria-label': t('list.pages') });
  readonly #title = element('h2', { id: 'list-title', tabindex: -1 }, t('list.title'));
  readonly #scroll: HTMLElement;
  #rows: readonly Row[] = [];
  #order = firstOrder;
  #page = 0;

  constructor(readonly actions: ListActions) {
    this.#heads = new Map(columns.map(column => [column, this.#head(column)]));
    const closer = button({ class: 'list-close', 'aria-label': t('list.close') }, actions.close, '×');
    const table = element(
      'table',
      { 'aria-labelledby': 'list-title' },
      element('thead', {}, element('tr', {}, ...this.#heads.values())),
      this.#body,
    );
    this.#scroll = element(
      'div',
      { class: 'list-scroll', tabindex: 0, role: 'group', 'aria-labelledby': 'list-title' },
      table,
    );
    this.node = element(
      'section',
      { class: 'list', 'aria-labelledby': 'list-title' },
      element('header', { class: 'list-head' }, this.#title, this.#count, closer),
      this.#remarks,
      this.#scroll,
      this.#pages,
    );
    this.node.addEventListener('keydown', event => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      actions.close();
    });
  }

  focus(): void {
    this.#title.focus({ preventScroll: true });
  }

  show(listing: Listing, date: string, order: Order): void {
    this.#rows = listing.rows;
    // Another order is read from its beginning.
    if (this.#order.column !== order.column || this.#order.down !== order.down) this.#page = 0;
    this.#order = order;
    setText(this.#count, t('list.count', { n: listing.inView, total: listing.total, date: sayDate(date) }));
    this.#remarks.textContent = sayMissing(listing);
    this.#remarks.hidden = this.#remarks.textContent === '';
    this.#draw();
  }

  #head(column: Column): HTMLTableCellElement {
    const sort = () => this.actions.setOrder(nextOrder(this.#order, column));
    const sorter = button({ class: 'list-sort' }, sort, t(names[column]));
    return element('th', { scope: 'col', 'data-column': column }, sorter);
  }

  #draw(): void {
    const pages = Math.max(1, Math.ceil(this.#rows.length / pageSize));
    this.#page = Math.min(this.#page, pages - 1);
    for (const [column, head] of this.#heads) {
      const { down } = this.#order;
      if (column === this.#order.column) head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      else head.removeAttribute('aria-sort');
    }
    const first = this.#page * pageSize;
    const shown = sorted(this.#rows, this.#order, document.documentElement.lang).slice(first, first + pageSize);
    const focused = document.activeElement?.closest<HTMLElement>('tr')?.dataset.item;
    renew(
      this.#body,
      shown.map(row => this.#row(row)),
    );
    this.#keepFocus(focused);
    this.#drawPages(pages);
  }

  /** The table is made anew when the map moves; the keyboard stays on its row, or comes to the table where it is gone. */
  #keepFocus(item: string | undefined): void {
    if (item === undefined) return;
    const row = [...this.#body.rows].find(({ dataset }) => dataset.item === item);
    (row?.querySelector('button') ?? this.#scroll).focus({ preventScroll: true });
  }

  #row(row: Row): HTMLTableRowElement {
    const { collection, id } = row.key;
    const incident = codeProperty(collection) === 'category';
    const mark = incident ? categoryMark(row.code, 16) : statusMark(row.code, null, 16);
    const opener = button({ class: 'list-open' }, () => this.actions.select(row.key), dataText(row.name));
    return element(
      'tr',
      { 'data-item': `${collection}/${id}` },
      element('th', { scope: 'row' }, opener),
      element('td', {}, row.kind),
      element('td', {}, element('span', { class: 'list-status' }, mark, row.status)),
      element('td', {}, row.since || element('span', { class: 'quiet' }, t('list.unknown'))),
      element('td', {}, row.country || element('span', { class: 'quiet' }, t('list.unknown'))),
    );
  }

  #drawPages(pages: number): void {
    this.#pages.hidden = pages < 2;
    const step = (by: number, key: 'list.before' | 'list.after') =>
      button(
        { disabled: this.#page + by < 0 || this.#page + by >= pages, 'data-step': by },
        () => this.#turn(by),
        t(key),
      );
    const place = element('span', {}, t('list.page', { n: this.#page + 1, of: pages }));
    const { activeElement: focused } = document;
    const turned = focused instanceof HTMLElement && this.#pages.contains(focused) ? focused.dataset.step : undefined;
    renew(this.#pages, [step(-1, 'list.before'), place, step(1, 'list.after')]);
    if (turned !== undefined) this.#focusStep(turned);
  }

  #turn(by: number): void {
    this.#page += by;
    this.#draw();
    this.#scroll.scrollTop = 0;
    // The button that was pressed may have been made anew, and may have nowhere further to go.
    this.#focusStep(by);
  }

  #focusStep(by: number | string): void {
    const again = this.#pages.querySelector<HTMLButtonElement>(`[data-step="${by}"]:not(:disabled)`);
    (again ?? this.#scroll).focus({ preventScroll: true });
  }
}

/** What the list leaves out, and why. */
function sayMissing({ unplaced, missing, first }: Listing): string {
  const names = (ids: readonly CollectionId[]) => ids.map(id => label('layer', id)).join(', ');
  const sentences = [
    first.length > 0 ? t('list.first', { n: mostListed, names: names(first) }) : '',
    unplaced > 0 ? t('list.unplaced', { n: unplaced }) : '',
    missing.length > 0 ? t('list.missing', { names: names(missing) }) : '',
  ];
  return sentences.filter(sentence => sentence !== '').join(' ');
}
