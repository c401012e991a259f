import type { Schema } from '../api';
import { type CollectionId, collections } from '../collections';
import { button, element } from '../dom';
import { codeOf, type Feature, type ItemKey } from '../feature';
import type { Feed } from '../feeds';
import { nameNode } from '../language/data-text';
import { sayNumber } from '../quantity';
import { statusStyle } from '../style/status';
import { categoryMark, lineMark, statusMark } from '../symbols';
import { label, t } from '../texts';
import { countCodes } from './codes';

/** One collection in the panel: switch, count, legend with counts, and what could not be placed. */
export class LayerSection {
  readonly node: HTMLElement;
  readonly #box: HTMLInputElement;
  readonly #count = element('span', { class: 'layer-count' });
  readonly #body = element('div', { class: 'layer-body' });
  #unplacedOpen = false;

  constructor(
    readonly collection: CollectionId,
    onToggle: (shown: boolean) => void,
    readonly select: (key: ItemKey) => void,
  ) {
    this.#box = element('input', { type: 'checkbox' });
    this.#box.addEventListener('change', () => onToggle(this.#box.checked));
    const name = element('span', { class: 'layer-name' }, label('layer', collection));
    const head = element('label', { class: 'layer-head' }, this.#box, name, this.#count);
    this.node = element('section', { class: 'layer', 'data-collection': collection }, head, this.#body);
  }

  setShown(shown: boolean): void {
    this.#box.checked = shown;
  }

  setFeed(feed: Feed, schema: Schema | null): void {
    this.node.dataset.phase = feed.phase;
    if (feed.phase === 'ready') {
      this.#showAnswer(feed.answer.features, schema);
      return;
    }
    const words = { off: 'panel.countOff', busy: 'panel.loading', failed: 'panel.failed' } as const;
    this.#setCount(t(words[feed.phase]));
    // While an answer is on its way the last legend stays, dimmed, so that the panel does not jump.
    if (feed.phase !== 'busy') this.#body.replaceChildren();
  }

  #showAnswer(features: readonly Feature[], schema: Schema | null): void {
    this.#setCount(sayNumber(features.length), t('panel.count', { n: features.length }));
    const rows = countCodes(this.collection, features, schema).map(({ code, count, label: name }) =>
      element('li', { 'data-code': code }, this.#swatch(code), element('span', {}, name), element('b', {}, count)),
    );
    const legend = element('ul', { class: 'legend', 'aria-label': t('panel.legend') }, ...rows);
    const unplaced = this.#unplaced(features.filter(({ geometry }) => geometry === null));
    this.#body.replaceChildren(legend, ...(unplaced ? [unplaced] : []));
  }

  #setCount(text: string, spoken = text): void {
    this.#count.textContent = text;
    this.#count.title = spoken;
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
    const rows = features.map(feature =>
      element(
        'li',
        {},
        button(
          { class: 'choice' },
          () => this.select({ collection: this.collection, id: feature.id }),
          this.#swatch(codeOf(feature)),
          element('span', {}, nameNode(feature)),
        ),
      ),
    );
    const summary = element('summary', {}, t('panel.unplaced', { n: features.length }));
    const node = element(
      'details',
      { class: 'unplaced', open: this.#unplacedOpen },
      summary,
      element('ul', { class: 'choices' }, ...rows),
    );
    node.addEventListener('toggle', () => {
      this.#unplacedOpen = node.open;
    });
    return node;
  }
}
