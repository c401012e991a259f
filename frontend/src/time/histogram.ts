import { clampDay, type Day, sayDate } from '../dates';
import { element, svg } from '../dom';
import { t } from '../texts';
import type { InView } from './in-view';
import { type Bar, barsOf, lastDayOf, undated } from './months';
import { type Span, shareOf } from './span';

const [width, height] = [1000, 100]; // of the drawing, which is stretched to the room there is
const least = 8; // a month with one incident among many is seen too

/**
 * Incidents by month. Pointing at a month, or going there by the arrow keys, tells its count; a press shows the map
 * as of its last day.
 */
export class Histogram {
  readonly node: HTMLElement;
  readonly #drawing = svg('svg', {
    viewBox: `0 0 ${width} ${height}`,
    preserveAspectRatio: 'none',
    'aria-hidden': 'true',
  });
  #bars: Bar[] = [];
  #at = 0;
  #scale = '';
  #known = false;
  #pointed = false;

  constructor(
    readonly last: Day,
    /** Tells the scale, or the month pointed at. */
    readonly caption: HTMLElement,
    readonly onPick: (day: Day) => void,
  ) {
    this.node = element(
      'div',
      { class: 'histogram', role: 'slider', tabindex: 0, 'aria-label': t('time.histogram') },
      this.#drawing,
    );
    this.node.addEventListener('pointermove', event => {
      this.#pointed = true;
      this.#point(this.#indexAt(event.clientX));
    });
    this.node.addEventListener('pointerleave', () => {
      this.#pointed = false;
      this.#rest();
    });
    this.node.addEventListener('blur', () => this.#rest());
    this.node.addEventListener('focus', () => this.#point(this.#at));
    this.node.addEventListener('click', event => this.#pick(this.#indexAt(event.clientX)));
    this.node.addEventListener('keydown', event => this.#onKey(event));
  }

  update({ known, months, error }: InView, span: Span, period: Span, date: Day): void {
    const counts = months ?? [];
    this.#known = known && months !== null;
    const pointed = this.#isPointed() ? this.#bars[this.#at]?.month : undefined;
    this.#bars = barsOf(counts, span);
    const most = Math.max(...this.#bars.map(({ count }) => count), 0);
    const none = undated(counts);
    const some = most === 0 ? t('time.noIncidents') : t('time.scale', { n: most });
    const scale = months === null ? t('time.incidentsOff') : some;
    // Why nothing came is told below the timeline.
    const waiting = error ? '' : t('load.busy');
    this.#scale = known ? `${scale}${none > 0 ? ` ${t('time.undated', { n: none })}` : ''}` : waiting;
    // A month that the reader is at stays where it is.
    const kept = this.#bars.findIndex(({ month }) => month === pointed);
    this.#at = kept < 0 ? this.#indexOf(shareOf(span, date)) : kept;
    const [from, to] = [clampShare(shareOf(span, period.from)), clampShare(shareOf(span, period.to))];
    this.#drawing.replaceChildren(
      svg('rect', { class: 'period-shade', x: from * width, width: (to - from) * width, y: 0, height }),
      ...this.#bars.filter(({ count }) => count > 0).map(bar => barOf(bar, most)),
    );
    this.#describe();
    this.#rest();
  }

  #onKey(event: KeyboardEvent): void {
    const forward = getComputedStyle(this.node).direction === 'rtl' ? -1 : 1;
    const steps: Readonly<Record<string, number>> = {
      ArrowRight: forward,
      ArrowLeft: -forward,
      ArrowUp: 1,
      ArrowDown: -1,
      PageUp: 12,
      PageDown: -12,
      Home: -Infinity,
      End: Infinity,
    };
    const step = steps[event.key];
    if (step !== undefined) this.#point(Math.max(0, Math.min(this.#at + step, this.#bars.length - 1)));
    else if (event.key === 'Enter' || event.key === ' ') this.#pick(this.#at);
    else return;
    event.preventDefault();
  }

  #point(index: number): void {
    this.#at = index;
    this.#describe();
    this.caption.textContent = this.#sayBar(this.#bars[index]);
  }

  #rest(): void {
    this.caption.textContent = this.#isPointed() ? this.#sayBar(this.#bars[this.#at]) : this.#scale;
  }

  #isPointed(): boolean {
    return this.#pointed || document.activeElement === this.node;
  }

  #describe(): void {
    this.node.setAttribute('aria-valuemin', '0');
    this.node.setAttribute('aria-valuemax', String(Math.max(0, this.#bars.length - 1)));
    this.node.setAttribute('aria-valuenow', String(this.#at));
    this.node.setAttribute('aria-valuetext', this.#sayBar(this.#bars[this.#at]));
  }

  /** A month whose incidents nobody has counted is named without a count. */
  #sayBar(bar: Bar | undefined): string {
    if (!bar) return '';
    const month = sayDate(bar.month, 'month');
    return this.#known ? t('time.month', { month, n: bar.count }) : month;
  }

  #pick(index: number): void {
    const bar = this.#bars[index];
    if (bar) this.onPick(clampDay(lastDayOf(bar.month), '', this.last));
  }

  #indexAt(x: number): number {
    const box = this.node.getBoundingClientRect();
    const share = box.width === 0 ? 0 : (x - box.left) / box.width;
    return this.#indexOf(getComputedStyle(this.node).direction === 'rtl' ? 1 - share : share);
  }

  #indexOf(share: number): number {
    const index = this.#bars.findIndex(({ to }) => share < to);
    return index < 0 ? Math.max(0, this.#bars.length - 1) : index;
  }
}

function barOf({ count, from, to }: Bar, most: number): SVGRectElement {
  const tall = Math.max((count / most) * height, least);
  const room = (to - from) * width;
  return svg('rect', { class: 'bar', x: from * width + room * 0.1, width: room * 0.8, y: height - tall, height: tall });
}

function clampShare(share: number): number {
  return Math.max(0, Math.min(share, 1));
}
