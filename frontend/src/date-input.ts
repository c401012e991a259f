import { type Day, firstDay, isDay } from './dates';
import { element } from './dom';

/**
 * A typed date. A browser reports every keystroke that makes a date, so a year on its way from 0002 to 2022 passes
 * through dates nobody means: only those in range are reported, and what is being typed is never overwritten.
 */
export class DateInput {
  readonly node: HTMLInputElement;
  #day: Day = firstDay;

  constructor(id: string, last: Day, onChange: (day: Day) => void) {
    this.node = element('input', { type: 'date', id, min: firstDay, max: last, required: true });
    this.node.addEventListener('change', () => {
      const { value, validity } = this.node;
      if (!isDay(value) || !validity.valid) return;
      this.#day = value;
      onChange(value);
    });
    this.node.addEventListener('blur', () => this.#show());
  }

  get day(): Day {
    return this.#day;
  }

  set(day: Day): void {
    this.#day = day;
    if (document.activeElement !== this.node) this.#show();
  }

  #show(): void {
    if (this.node.value !== this.#day) this.node.value = this.#day;
  }
}
