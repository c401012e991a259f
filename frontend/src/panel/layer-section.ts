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
import { facetList, renewKeepingFocus, type ToggleFilter } from './facet-list';
import { type Unplaced, UnplacedOfCrowd } from './unplaced-of-crowd';

/** One collection in the panel: switch, count, legend with counts that filters, and what could not be placed. */
export class LayerSection {
  readonly node: HTMLElement;
  /** What others put into the section, below the legend. */
  readonly extra = element('div', { class: 'layer-extra' });
  readonly #box: HTMLInputElement;
  readonly #count = element('span', { class: 'layer-count' });
  readonly #body = element('div', { class: 'layer-body' });
  readonly #open = new Set<string>();
  #filters: Filters = noFilters;
  #feed: Feed = { phase: 'off' };
  #schema: Schema | null = null;
  readonly #unplacedOfCrowd = new UnplacedOfCrowd(() => {
    if (this.#feed.phase === 'ready') this.#showAnswer(this.#feed.answer);
  });

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
    if (feed.phase === 'busy') return;
    this.#noteFolds();
    this.#body.replaceChildren();
  }

  #showAnswer(answer: Answer): void {
    const passing = answer.features.filter(feature => passes(this.#filters, this.collection, feature));
    const left = answer.crowd?.left ?? passing.length;
    this.#setCount(sayNumber(left), t('panel.count', { n: left }));
    this.#noteFolds();
    const [first, ...more] = facetsOf(this.collection);
    const parts = [
      first && this.#facet(first, answer),
      this.#more(more, answer),
      this.#unplaced(answer.crowd ? this.#unplacedOfCrowd.of(answer.crowd) : wholeOf(passing)),
    ];
    renewKeepingFocus(this.#body, ...parts.filter(part => part instanceof HTMLElement));
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
    node.dataset.fold = name;
    node.open = this.#open.has(name);
    return node;
  }

  /** A fold tells that it was opened or closed a moment after it was, when it may have been drawn anew: it is looked at. */
  #noteFolds(): void {
    for (const { dataset, open } of this.#body.querySelectorAll<HTMLDetailsElement>('details[data-fold]')) {
      if (open) this.#open.add(dataset.fold ?? '');
      else this.#open.delete(dataset.fold ?? '');
    }
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

  /** What has no known position; null where it is not known which those are. */
  #unplaced(found: Unplaced | null): HTMLElement | null {
    if (found === null) return element('p', { class: 'quiet' }, t('panel.unplacedUnknown'));
    const { features, matched } = found;
    if (matched === 0) return null;
    const rows = features.map(feature => {
      const select = () => this.select({ collection: this.collection, id: feature.id });
      const name = element('span', {}, nameNode(feature));
      const choice = { class: 'choice', 'data-focus': feature.id };
      return element('li', {}, button(choice, select, this.#swatch(codeOf(feature)), name));
    });
    const summary = element('summary', { 'data-focus': 'unplaced' }, t('panel.unplaced', { n: matched }));
    const list = element('ul', { class: 'choices' }, ...rows);
    const rest = matched - features.length;
    const more = rest > 0 && element('p', { class: 'quiet' }, t('panel.unplacedRest', { n: rest }));
    return this.#fold('unplaced', element('details', { class: 'unplaced' }, summary, list, more));
  }
}

function wholeOf(features: readonly Feature[]): Unplaced {
  const unplaced = features.filter(({ geometry }) => geometry === null);
  return { features: unplaced, matched: unplaced.length };
}
