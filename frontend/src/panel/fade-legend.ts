import { element } from '../dom';
import { sayNumber } from '../quantity';
import { fades } from '../style/fade';
import { statusMark } from '../symbols';
import { label, t } from '../texts';
import type { Faded } from '../time/crowd-ages';

/** Why some marks are pale, and how many; not there while none is known to be. */
export class FadeLegend {
  readonly node = element('section', { class: 'fade-legend', hidden: true });
  readonly #rows = element('ul', { class: 'legend', 'aria-label': t('fade.title') });

  readonly #unknown = element('p', { class: 'quiet', hidden: true });

  constructor() {
    const title = element('h3', {}, t('fade.title'));
    this.node.append(title, element('p', { class: 'quiet' }, t('fade.why')), this.#rows, this.#unknown);
  }

  update({ counts, unknown, failed }: Faded): void {
    const shown = fades.filter(({ step }) => (counts.get(step) ?? 0) > 0).reverse();
    // What is still on its way is no reason to show it.
    this.node.hidden = shown.length === 0 && !failed;
    this.#unknown.hidden = unknown.length === 0;
    const names = unknown.map(id => label('layer', id)).join(t('list.separator'));
    this.#unknown.textContent = unknown.length === 0 ? '' : t('fade.unknown', { names });
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
