import { element } from '../dom';
import { sayNumber } from '../quantity';
import { type FadeStep, fades } from '../style/fade';
import { statusMark } from '../symbols';
import { t } from '../texts';

/** Why some marks are pale; not there while none is. */
export class FadeLegend {
  readonly node = element('section', { class: 'fade-legend', hidden: true });
  readonly #rows = element('ul', { class: 'legend', 'aria-label': t('fade.title') });

  constructor() {
    this.node.append(element('h3', {}, t('fade.title')), element('p', { class: 'quiet' }, t('fade.why')), this.#rows);
  }

  update(counts: ReadonlyMap<FadeStep, number>): void {
    const shown = fades.filter(({ step }) => (counts.get(step) ?? 0) > 0).reverse();
    this.node.hidden = shown.length === 0;
    this.#rows.replaceChildren(
      ...shown.map(({ step, fromYears }) =>
        element(
          'li',
          { 'data-fade': step },
          statusMark('open', null, 18),
          element('span', {}, t('fade.step', { n: fromYears })),
          element('b', {}, sayNumber(counts.get(step) ?? 0)),
        ),
      ),
    );
  }
}
