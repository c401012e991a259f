import { sayMoment } from '../dates';
import { button, element } from '../dom';
import type { State } from '../state';
import { t } from '../texts';

/** Says plainly that the map shows an earlier state of the record, and leads back. */
export class RecordedBanner {
  readonly node = element('div', { class: 'recorded-banner', role: 'status', hidden: true });
  readonly #text = element('span', {});

  constructor(onClose: () => void) {
    this.node.append(this.#text, button({}, onClose, t('recorded.reset')));
  }

  update({ recorded }: State): void {
    this.node.hidden = recorded === null;
    this.#text.textContent = recorded === null ? '' : t('recorded.banner', { moment: sayMoment(recorded) });
  }
}
