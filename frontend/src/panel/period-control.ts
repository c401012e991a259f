import { DateField } from '../date-field';
import { today } from '../dates';
import { button, element } from '../dom';
import { sayOpenEnded } from '../open-ended';
import { incidentPeriod, type Period } from '../period';
import type { State } from '../state';
import { t } from '../texts';

/** The dates between which incidents are shown, and whose rule that is. */
export class PeriodControl {
  readonly node: HTMLElement;
  readonly #from = new DateField('period-from', t('period.from'), today(), () => this.#read());
  readonly #to = new DateField('period-to', t('period.to'), today(), () => this.#read());
  readonly #rule = element('p', { class: 'quiet' });
  readonly #reset: HTMLButtonElement;

  constructor(readonly onChange: (period: Period | null) => void) {
    this.#reset = button({ class: 'quiet-button' }, () => onChange(null), t('period.reset'));
    this.node = element(
      'fieldset',
      { class: 'period' },
      element('legend', {}, t('period.title')),
      element('div', { class: 'period-dates' }, this.#from.node, this.#to.node),
      this.#rule,
      this.#reset,
    );
  }

  /** Says beside the rule how many incidents that began before the period are shown because their end is not known. */
  update(state: State, openEnded: number): void {
    const { from, to } = incidentPeriod(state);
    this.#from.set(from);
    this.#to.set(to);
    this.#rule.textContent = sayOpenEnded(t(state.period ? 'period.own' : 'period.default'), openEnded);
    this.#reset.hidden = state.period === null;
  }

  #read(): void {
    this.onChange({ from: this.#from.day, to: this.#to.day });
  }
}
