import { addDays, addMonths, clampDay, type Day, firstDay, isDay, sayDate, sayField } from './dates';
import { button, element, svg } from './dom';
import { readDay } from './read-day';
import { t } from './texts';

/** How far a key moves the day, as in a calendar. */
const moves: Readonly<Record<string, (day: Day) => Day>> = {
  ArrowUp: day => addDays(day, 1),
  ArrowDown: day => addDays(day, -1),
  PageUp: day => addMonths(day, 1),
  PageDown: day => addMonths(day, -1),
};

/**
 * A typed date, written as the language of the page writes it: a browser's own field for dates keeps to the language of
 * the browser. What is typed counts when it is ended, by Enter or by leaving, so that no year on its way from 0002 to
 * 2022 is taken for one; it is never overwritten, and where it names no day that can be shown, the field says why. Who
 * would rather pick than type has the calendar of their browser beside it.
 */
export class DateField {
  readonly node: HTMLElement;
  readonly #input: HTMLInputElement;
  readonly #picker: HTMLInputElement;
  readonly #trouble: HTMLElement;
  #day: Day = firstDay;
  /** What this has written into the field: anything else is the reader's. */
  #shown = '';

  constructor(
    id: string,
    name: string,
    readonly last: Day,
    readonly onChange: (day: Day) => void,
  ) {
    this.#input = element('input', {
      id,
      autocomplete: 'off',
      spellcheck: 'false',
      'aria-describedby': `${id}-trouble`,
    });
    this.#input.addEventListener('change', () => this.#read());
    this.#input.addEventListener('keydown', event => this.#key(event));
    this.#trouble = element('span', { class: 'date-trouble', id: `${id}-trouble`, role: 'alert', hidden: true });
    this.#picker = element('input', { type: 'date', min: firstDay, max: last, tabindex: -1, 'aria-hidden': 'true' });
    this.#picker.addEventListener('change', () => {
      if (isDay(this.#picker.value)) this.#choose(this.#picker.value);
    });
    const label = element('label', { for: id }, name);
    const box = element('span', { class: 'date-box' }, this.#input, this.#picker, this.#opener(name));
    this.node = element('div', { class: 'date-field' }, label, box, this.#trouble);
  }

  get day(): Day {
    return this.#day;
  }

  /** Whether it shows a day, and nothing that is being typed or was refused. */
  get valid(): boolean {
    return !this.#typing();
  }

  set(day: Day): void {
    const same = day === this.#day && this.#shown !== '';
    this.#day = day;
    // What was refused stands beside the reason until it is mended, or another date is chosen elsewhere.
    const kept = this.#typing() ? document.activeElement === this.#input || same : false;
    if (!kept) this.#show();
  }

  #opener(name: string): HTMLElement | false {
    if (!('showPicker' in HTMLInputElement.prototype)) return false;
    const lines = svg('path', { d: 'M2 3.5h12v10H2zM2 7h12M5 2v3M11 2v3', fill: 'none', stroke: 'currentColor' });
    const drawn = svg('svg', { viewBox: '0 0 16 16', width: 18, height: 18, 'aria-hidden': 'true' }, lines);
    const open = () => {
      this.#picker.value = this.#day;
      this.#picker.showPicker();
    };
    return button({ class: 'date-pick', 'aria-label': t('date.pick', { name }) }, open, drawn);
  }

  #typing(): boolean {
    return this.#input.value !== this.#shown;
  }

  #key(event: KeyboardEvent): void {
    const move = moves[event.key];
    if (move && !this.#typing()) {
      event.preventDefault();
      this.#choose(clampDay(move(this.#day), firstDay, this.last));
    } else if (event.key === 'Escape' && this.#typing()) {
      // It gives up what was typed, and not also what the field stands in.
      event.stopPropagation();
      this.#show();
    }
  }

  #read(): void {
    const text = this.#input.value.trim();
    if (text === '') this.#show();
    if (!this.#typing()) return;
    const day = readDay(text);
    if (day === null) {
      this.#refuse(t('date.unread', { text, first: sayDate(this.#day), second: sayField(this.#day) }));
    } else if (day < firstDay || day > this.last) {
      this.#refuse(t('date.outside', { from: sayDate(firstDay), to: sayDate(this.last) }));
    } else this.#choose(day);
  }

  #choose(day: Day): void {
    this.#day = day;
    this.#show();
    this.onChange(day);
  }

  #refuse(why: string): void {
    this.#input.setAttribute('aria-invalid', 'true');
    this.#trouble.textContent = why;
    this.#trouble.hidden = false;
  }

  #show(): void {
    this.#shown = sayField(this.#day);
    if (this.#typing()) this.#input.value = this.#shown;
    this.#input.removeAttribute('aria-invalid');
    this.#trouble.hidden = true;
    this.#trouble.textContent = '';
  }
}
