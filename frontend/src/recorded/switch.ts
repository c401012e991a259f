import { DateField } from '../date-field';
import { momentOf, today } from '../dates';
import { button, element } from '../dom';
import { sayDigits } from '../language/numbers';
import type { Part } from '../panel/later';
import { readTime } from '../read-day';
import type { State } from '../state';
import { t } from '../texts';

/** The second clock, for experts: what this server knew at an instant. The field is in UTC, and says so. */
export class RecordedSwitch implements Part {
  readonly node: HTMLElement;
  readonly #day = new DateField('recorded-at', t('recorded.at'), today(), () => {});
  readonly #time: HTMLInputElement;
  readonly #error = element('p', { class: 'field-error', id: 'recorded-error', role: 'alert', hidden: true });
  readonly #reset: HTMLButtonElement;

  constructor(
    readonly now: () => Date,
    readonly onChange: (recorded: string | null) => void,
  ) {
    this.#day.set(today());
    this.#time = element('input', {
      id: 'recorded-time',
      autocomplete: 'off',
      placeholder: sayDigits('00:00:00'),
      'aria-describedby': 'recorded-error',
    });
    this.#reset = button({ class: 'quiet-button', hidden: true }, () => onChange(null), t('recorded.reset'));
    const form = element(
      'form',
      { class: 'recorded-form', novalidate: true },
      this.#day.node,
      element('label', {}, element('span', {}, t('recorded.time')), this.#time),
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
    if (recorded === null) return;
    this.#day.set(recorded.slice(0, 10));
    if (document.activeElement !== this.#time) this.#time.value = sayDigits(recorded.slice(11, 19));
  }

  #read(): void {
    // Why a day is none is said beside it.
    if (!this.#day.valid) return;
    const time = readTime(this.#time.value);
    const moment = time === null ? null : momentOf(`${this.#day.day}T${time}Z`);
    const ahead = moment !== null && new Date(moment) > this.now();
    const fault = moment === null ? t('recorded.missing') : ahead ? t('recorded.ahead') : '';
    this.#error.textContent = fault;
    this.#error.hidden = fault === '';
    if (moment !== null && !ahead) this.onChange(moment);
  }
}
