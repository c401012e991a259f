import noUiSlider, { type API, type Options, PipsMode } from 'nouislider';
import { type Day, dayNumber, dayOf, firstDay, sayDate } from '../dates';
import { element } from '../dom';
import { language } from '../language/current';
import { t } from '../texts';
import { pipsOf, type Span } from './span';

const daysPerPage = 30; // Page Up and Page Down move by about a month, the arrows by a day

/**
 * What both sliders of days have in common: they work in day numbers, speak in dates, and run as the language is read.
 * noUiSlider turns the values round; its own box stays left to right, and the style sheet places its handles.
 */
function optionsOf(span: Span): Options {
  return {
    range: rangeOf(span),
    step: 1,
    direction: language().dir,
    keyboardMultiplier: 1,
    keyboardPageMultiplier: daysPerPage,
    keyboardDefaultStep: 10,
    format: { to: number => sayDate(dayOf(number)), from: Number },
  };
}

function rangeOf({ from, to }: Span): { min: number; max: number } {
  const min = numberOf(from);
  return { min, max: Math.max(numberOf(to), min + 1) };
}

function numberOf(day: Day): number {
  return dayNumber(day) ?? dayNumber(firstDay) ?? 0;
}

/** The slider of the as-of date over the days of a window. */
export class DateSlider {
  readonly node = element('div', { class: 'slider', dir: 'ltr' });
  readonly #api: API;
  #dragging = false;

  constructor(
    date: Day,
    span: Span,
    readonly onSlide: (date: Day) => void,
    /** The reader lets go; the window may move now. */
    readonly onRest: () => void,
  ) {
    this.#api = noUiSlider.create(this.node, {
      ...optionsOf(span),
      start: numberOf(date),
      connect: 'lower',
      handleAttributes: [{ 'aria-label': t('date.slider') }],
      pips: this.#pips(span),
    });
    this.#api.on('start', () => {
      this.#dragging = true;
    });
    this.#api.on('end', () => {
      this.#dragging = false;
      this.onRest();
    });
    // 'slide' is the reader's hand only, so that setting the slider does not come back as a change.
    this.#api.on('slide', (_values, _handle, [number = 0]) => this.onSlide(dayOf(number)));
  }

  get dragging(): boolean {
    return this.#dragging;
  }

  set(date: Day): void {
    this.#api.set(numberOf(date), false);
  }

  setSpan(span: Span, date: Day): void {
    const { range } = optionsOf(span);
    this.#api.updateOptions({ range, start: numberOf(date), pips: this.#pips(span) }, false);
  }

  remove(): void {
    this.#api.destroy();
  }

  #pips(span: Span) {
    const labels = new Map(pipsOf(span).map(({ day, label }) => [numberOf(day), label]));
    return {
      mode: PipsMode.Values as const,
      values: [...labels.keys()],
      density: 100,
      format: { to: (number: number) => labels.get(number) ?? '', from: Number },
    };
  }
}

/** The slider of the incident period: two handles, each of which moves its own end only. */
export class PeriodSlider {
  readonly node = element('div', { class: 'slider period-slider', dir: 'ltr' });
  readonly #api: API;

  constructor(
    period: Span,
    span: Span,
    readonly onSlide: (end: 'from' | 'to', day: Day) => void,
  ) {
    this.#api = noUiSlider.create(this.node, {
      ...optionsOf(span),
      start: [numberOf(period.from), numberOf(period.to)],
      connect: true,
      handleAttributes: [{ 'aria-label': t('time.periodFrom') }, { 'aria-label': t('time.periodTo') }],
    });
    this.#api.on('slide', (_values, handle, numbers) => {
      this.onSlide(handle === 0 ? 'from' : 'to', dayOf(numbers[handle] ?? 0));
    });
    // How far apart the handles stand, in per cent of the track: the style sheet shares it out between them.
    this.#api.on('update', (_values, _handle, _numbers, _tap, [first = 0, last = 0]) => {
      this.node.style.setProperty('--gap', String(last - first));
    });
  }

  /** An end outside the window stands at the window's edge, and stays what it is. */
  set(period: Span): void {
    this.#api.set([numberOf(period.from), numberOf(period.to)], false);
  }

  setSpan(span: Span, period: Span): void {
    const start = [numberOf(period.from), numberOf(period.to)];
    this.#api.updateOptions({ range: rangeOf(span), start }, false);
  }

  remove(): void {
    this.#api.destroy();
    this.node.remove();
  }
}
