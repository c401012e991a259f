import { momentOf } from '../dates';
import { button, element } from '../dom';
import type { Part } from '../panel/later';
import type { State } from '../state';
import { t } from '../texts';

/** The second clock, for experts: what this server knew at an instant. The field is in UTC, and says so. */
export class RecordedSwitch implements Part {
  readonly node: HTMLElement;
  readonly #input: HTMLInputElement;
  readonly #error = element('p', { class: 'field-error', id: 'recorded-error', role: 'alert', hidden: true });
  readonly #reset: HTMLButtonElement;

  constructor(
    readonly now: () => Date,
    readonly onChange: (recorded: string | null) => void,
  ) {
    this.#input = element('input', {
      type: 'datetime-local',
      id: 'recorded-at',
      step: 1, // what was recorded a moment ago can be asked for
      required: true,
      'aria-describedby': 'recorded-error',
    });
    this.#reset = button({ class: 'quiet-button', hidden: true }, () => onChange(null), t('recorded.reset'));
    const form = element(
      'form',
      { class: 'recorded-form', novalidate: true },
      element('label', {}, element('span', {}, t('recorded.at')), this.#input),
      element('button', { type: 'submit' }, t('recorded.apply')),
    );
    form.addEventListener('submit', event => {
      event.preventDefault();
      this.#read();
    });
    this.node = element('div', {}, element('p', {}, t('recorded.what')), form, this.#error, this.#reset);
  }

  update({ recorded }: State): void {
    this.#reset.hidden = recorded === null;
    if (recorded !== null && document.activeElement !== this.#input) this.#input.value = recorded.slice(0, 19);
  }

  #read(): void {
    const moment = momentOf(`${this.#input.value}Z`);
    const ahead = moment !== null && new Date(moment) > this.now();
    const fault = moment === null ? t('recorded.missing') : ahead ? t('recorded.ahead') : '';
    this.#error.textContent = fault;
    this.#error.hidden = fault === '';
    if (moment !== null && !ahead) this.onChange(moment);
  }
}
