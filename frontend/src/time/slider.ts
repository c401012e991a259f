import noUiSlider, { type API, PipsMode } from 'nouislider';
import { type Day, dayNumber, dayOf, firstDay, sayDate } from '../dates';
import { element } from '../dom';
import { language } from '../language/current';
import { sayDigits } from '../language/numbers';
import { t } from '../texts';

const yearsBetweenLabels = 5;
const daysPerPage = 30; // Page Up and Page Down move by about a month, the arrows by a day

/** The slider over all days from 2000 to today. It works in day numbers and speaks in dates. */
export class DateSlider {
  readonly node = element('div', { class: 'slider' });
  readonly #api: API;

  constructor(
    date: Day,
    last: Day,
    readonly onSlide: (date: Day) => void,
  ) {
    const [from, to] = [dayNumber(firstDay) ?? 0, dayNumber(last) ?? 1];
    this.#api = noUiSlider.create(this.node, {
      start: dayNumber(date) ?? to,
      range: { min: from, max: to },
      step: 1,
      // Time runs as the language is read.
      direction: language().dir,
      connect: 'lower',
      keyboardMultiplier: 1,
      keyboardPageMultiplier: daysPerPage,
      keyboardDefaultStep: 10,
      handleAttributes: [{ 'aria-label': t('date.slider') }],
      format: { to: number => sayDate(dayOf(number)), from: Number },
      pips: {
        mode: PipsMode.Values,
        values: yearStarts(Number(last.slice(0, 4))),
        density: 100,
        filter: number => (Number(dayOf(number).slice(0, 4)) % yearsBetweenLabels === 0 ? 1 : 2),
        format: { to: number => sayDigits(dayOf(number).slice(0, 4)), from: Number },
      },
    });
    // noUiSlider looks at the direction of the page for one half of its sums and at that of its own box, which is not
    // part of the page yet, for the other.
    if (language().dir === 'rtl') this.node.classList.replace('noUi-txt-dir-ltr', 'noUi-txt-dir-rtl');
    // 'slide' is the reader's hand only, so that setting the slider does not come back as a change.
    this.#api.on('slide', (_values, _handle, [number = from]) => this.onSlide(dayOf(number)));
  }

  set(date: Day): void {
    const number = dayNumber(date);
    if (number !== null) this.#api.set(number, false);
  }

  remove(): void {
    this.#api.destroy();
  }
}

function yearStarts(lastYear: number): number[] {
  const first = Number(firstDay.slice(0, 4));
  return Array.from({ length: lastYear - first + 1 }, (_, index) => dayNumber(`${first + index}-01-01`) ?? 0);
}
