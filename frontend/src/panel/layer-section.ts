import type { Answer, Schema } from '../api';
import { type CollectionId, collections } from '../collections';
import { button, element } from '../dom';
import { codeOf, type Feature, type ItemKey } from '../feature';
import type { Feed } from '../feeds';
import { type Facet, type Filters, facetsOf, noFilters, passes } from '../filters/filter';
import { legendRows } from '../filters/legend';
import { nameNode } from '../language/data-text';
import { sayNumber } from '../quantity';
import { statusStyle } from '../style/status';
import { voltageClasses } from '../style/voltage';
import { categoryMark, lineMark, statusMark } from '../symbols';
import { label, t } from '../texts';
import { facetList, replaceKeepingFocus, type ToggleFilter } from './facet-list';

/** One collection in the panel: switch, count, legend with counts that filters, and what could not be placed. */
export class LayerSection {
  readonly node: HTMLElement;
  /** What others put into the section, below the legend. */
  readonly extra = element('div', { class: 'layer-extra' });
  readonly #box: HTMLInputElement;
  readonly #count = element('span', { class: 'layer-count' });
  readonly #body = element('div', { class: 'layer-body' });
  #open: ReadonlySet<string> = new Set();
  #filters: Filters = noFilters;
  #feed: Feed = { phase: 'off' };
  #schema: Schema | null = null;

  constructor(
    readonly collection: CollectionId,
    onToggle: (shown: boolean) => void,
    readonly select: (key: ItemKey) => void,
    readonly toggleFilter: ToggleFilter,
  ) {
    this.#box = element('input', { type: 'checkbox' });
    this.#box.addEventListener('change', () => onToggle(this.#box.checked));
    const name = element('span', { class: 'layer-name' }, label('layer', collection));
    const head = element('label', { class: 'layer-head' }, this.#box, name, this.#count);
    this.node = element('section', { class: 'layer', 'data-collection': collection }, head, this.#body, this.extra);
  }

  setShown(shown: boolean): void {
    this.#box.checked = shown;
  }

  setFilters(filters: Filters): void {
    if (this.#filters === filters) return;
    this.#filters = filters;
    if (this.#feed.phase === 'ready') this.#showAnswer(this.#feed.answer);
  }

  setFeed(feed: Feed, schema: Schema | null): void {
    [this.#feed, this.#schema] = [feed, schema];
    this.node.dataset.phase = feed.phase;
    if (feed.phase === 'ready') {
      this.#showAnswer(feed.answer);
      return;
    }
    const words = { off: 'panel.countOff', busy: 'panel.loading', failed: 'panel.failed' } as const;
    this.#setCount(t(words[feed.phase]));
    // While an answer is on its way the last legend stays, dimmed, so that the panel does not jump.
    if (feed.phase !== 'busy') this.#body.replaceChildren();
  }

  #showAnswer(answer: Answer): void {
    const passing = answer.features.filter(feature => passes(this.#filters, this.collection, feature));
    const left = answer.crowd?.left ?? passing.length;
    this.#setCount(sayNumber(left), t('panel.count', { n: left }));
    const [first, ...more] = facetsOf(this.collection);
    const parts = [
      first && this.#facet(first, answer),
      this.#more(more, answer),
      this.#unplaced(passing.filter(({ geometry }) => geometry === null)),
    ];
    replaceKeepingFocus(this.#body, ...parts.filter(part => part instanceof HTMLElement));
  }

  #facet(facet: Facet, answer: Answer): HTMLElement {
    const rows = legendRows(this.collection, facet, answer, this.#filters, this.#schema);
    return facetList(facet, rows, code => this.#swatchIn(facet, code), this.toggleFilter);
  }

  /** The facets that no mark on the map shows, folded away. */
  #more(facets: readonly Facet[], answer: Answer): HTMLElement | null {
    const set = facets.reduce((sum, facet) => sum + this.#filters[facet].length, 0);
    const names = facets.map(facet => t(`filter.${facet}`)).join(t('list.separator'));
    const lists = facets.map(facet => this.#facet(facet, answer));
    if (lists.every(list => list.childElementCount === 0)) return null;
    const mark = set > 0 && element('b', { class: 'facet-set' }, t('filter.set', { n: set }));
    const summary = element('summary', { 'data-focus': 'more' }, t('filter.more', { facets: names }), mark);
    return this.#fold('more', element('details', { class: 'facets' }, summary, ...lists));
  }

  /** Stays open or closed as the reader left it, whatever is drawn anew. */
  #fold(name: string, node: HTMLDetailsElement): HTMLDetailsElement {
    node.open = this.#open.has(name);
    node.addEventListener('toggle', () => {
      const open = new Set(this.#open);
      if (node.open) open.add(name);
      else open.delete(name);
      if (node.isConnected) this.#open = open;
    });
    return node;
  }

  #setCount(text: string, spoken = text): void {
    this.#count.textContent = text;
    this.#count.title = spoken;
  }

  #swatchIn(facet: Facet, code: string): SVGSVGElement | null {
    if (facet === 'status' || facet === 'category') return this.#swatch(code);
    const row = facet === 'voltage' && voltageClasses.find(voltage => voltage.code === code);
    return row ? lineMark('currentColor', row.width, []) : null;
  }

  #swatch(code: string): SVGSVGElement {
    const { drawing } = collections[this.collection];
    if (drawing === 'incidents') return categoryMark(code, 18);
    if (drawing === 'points') return statusMark(code, this.collection, 18);
    const { color, dash } = statusStyle(code);
    return lineMark(color, 3, dash);
  }

  #unplaced(features: readonly Feature[]): HTMLElement | null {
    if (features.length === 0) return null;
    const rows = features.map(feature => {
      const select = () => this.select({ collection: this.collection, id: feature.id });
      const name = element('span', {}, nameNode(feature));
      const choice = { class: 'choice', 'data-focus': feature.id };
      return element('li', {}, button(choice, select, this.#swatch(codeOf(feature)), name));
    });
    const summary = element('summary', { 'data-focus': 'unplaced' }, t('panel.unplaced', { n: features.length }));
    const list = element('ul', { class: 'choices' }, ...rows);
    return this.#fold('unplaced', element('details', { class: 'unplaced' }, summary, list));
  }
}
