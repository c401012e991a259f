import { type Day, firstDay } from '../dates';
import { element } from '../dom';
import { incidentPeriod, type Period } from '../period';
import { sayError } from '../say-error';
import type { State } from '../state';
import { t } from '../texts';
import type { Graph } from './graph';
import { type InView, nothingInView } from './in-view';
import { DateSlider, PeriodSlider } from './slider';
import { type Span, shareOf, windowOf } from './span';

export interface TimelineActions {
  readonly setDate: (date: Day) => void;
  readonly setPeriod: (period: Period | null) => void;
  /** When the map can be read: what is drawn over the slider is asked for after it. */
  readonly drawn: Promise<void>;
}

type Dated = Pick<State, 'date' | 'period' | 'years'>;

/** Graph and sliders over one window of time, each in line with the others. */
export class Timeline {
  readonly node: HTMLElement;
  readonly caption = element('p', { class: 'histogram-caption' });
  readonly #room = element('div', { class: 'graph-room' });
  readonly #observer: ResizeObserver;
  readonly #slider: DateSlider;
  readonly #line = element('div', { class: 'as-of-line' });
  readonly #all: Span;
  #graph: Graph | null = null;
  #period: PeriodSlider | null = null;
  #window: Span;
  #state: Dated;
  #inView: InView = nothingInView;

  constructor(
    state: Dated,
    today: Day,
    readonly actions: TimelineActions,
  ) {
    this.#state = state;
    this.#all = { from: firstDay, to: today };
    this.#window = windowOf(state.years, state.date, this.#all, null);
    this.#slider = new DateSlider(state.date, this.#window, actions.setDate, () => this.#follow());
    this.node = element('div', { class: 'timeline', id: 'timeline' }, this.#room, this.#line, this.#slider.node);
    // A phone that never opens the timeline loads nothing of it.
    this.#observer = new ResizeObserver(() => {
      if (this.node.clientWidth > 0) void this.#load(today);
    });
    this.#observer.observe(this.node);
    this.#draw();
  }

  get firstDay(): Day {
    return this.#window.from;
  }

  update(state: Dated): void {
    const { years } = this.#state;
    this.#state = state;
    this.#showPeriod(state.period);
    if (state.years !== years) this.#moveTo(windowOf(state.years, state.date, this.#all, null));
    else {
      this.#slider.set(state.date);
      if (!this.#slider.dragging) this.#follow();
    }
    this.#draw();
  }

  setInView(inView: InView): void {
    this.#inView = inView;
    this.#draw();
  }

  remove(): void {
    this.#slider.remove();
    this.#period?.remove();
    this.#graph?.remove();
    this.#observer.disconnect();
  }

  async #load(today: Day): Promise<void> {
    this.#observer.disconnect();
    await this.actions.drawn;
    try {
      const { Graph } = await import('./graph');
      this.#graph = new Graph(today, this.caption, this.actions.setDate);
      this.#room.replaceChildren(this.#graph.node);
      this.#draw();
    } catch (error) {
      this.caption.textContent = t('time.failed', { reason: sayError(error) });
    }
  }

  /** A date near the end of the window brings the window with it. */
  #follow(): void {
    const next = windowOf(this.#state.years, this.#state.date, this.#all, this.#window);
    if (next.from !== this.#window.from || next.to !== this.#window.to) this.#moveTo(next);
  }

  #moveTo(span: Span): void {
    this.#window = span;
    this.#slider.setSpan(span, this.#state.date);
    if (this.#state.period) this.#period?.setSpan(span, this.#state.period);
    this.#draw();
  }

  #showPeriod(period: Period | null): void {
    if (period === null) {
      this.#period?.remove();
      this.#period = null;
    } else if (this.#period === null) {
      this.#period = new PeriodSlider(period, this.#window, (end, day) => this.#slidePeriod(end, day));
      this.#room.after(this.#period.node);
    } else this.#period.set(period);
  }

  #slidePeriod(end: 'from' | 'to', day: Day): void {
    const { period } = this.#state;
    if (period) this.actions.setPeriod({ ...period, [end]: day });
  }

  #draw(): void {
    const { date } = this.#state;
    this.#graph?.update({ inView: this.#inView, span: this.#window, period: incidentPeriod(this.#state), date });
    this.#line.style.insetInlineStart = `${(shareOf(this.#window, date) * 100).toFixed(3)}%`;
  }
}
