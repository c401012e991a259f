import { DateField } from '../date-field';
import { type Day, sayDate } from '../dates';
import { button, element, setText, signed } from '../dom';
import { incidentPeriod } from '../period';
import { sayError } from '../say-error';
import type { State } from '../state';
import { t } from '../texts';
import { nextDay, previousDay } from './changes';
import { choice } from './choice';
import { paceNames, strideNames, zoomNames } from './choice-names';
import { type InView, nothingInView } from './in-view';
import type { Pace, Stride } from './player';
import type { Zoom } from './span';
import { Timeline, type TimelineActions } from './timeline';

export interface TimebarActions extends TimelineActions {
  readonly togglePlay: () => void;
  readonly setPace: (pace: Pace) => void;
  readonly setStride: (stride: Stride) => void;
  readonly setCompare: (compare: boolean) => void;
  readonly setYears: (years: Zoom) => void;
}

/** Time under the map: the as-of date, play and steps, and the timeline, which a phone opens on demand. */
export class Timebar {
  readonly node: HTMLElement;
  readonly #play: HTMLButtonElement;
  readonly #date: DateField;
  readonly #timeline: Timeline;
  readonly #steps: { readonly previous: HTMLButtonElement; readonly next: HTMLButtonElement };
  readonly #years: HTMLSelectElement;
  readonly #stride: HTMLSelectElement;
  readonly #pace: HTMLSelectElement;
  readonly #period: HTMLButtonElement;
  readonly #compare: HTMLButtonElement;
  readonly #opener: HTMLButtonElement;
  readonly #status = element('p', { class: 'load-status', role: 'status' });
  readonly #notice = element('p', { class: 'timeline-notice', role: 'status', hidden: true });
  #state: State;
  #inView: InView = nothingInView;

  constructor(
    state: State,
    today: Day,
    readonly actions: TimebarActions,
    opener: HTMLElement,
  ) {
    this.#state = state;
    this.#play = button({ class: 'play' }, actions.togglePlay);
    this.#date = new DateField('as-of', t('date.asOf'), today, actions.setDate);
    this.#timeline = new Timeline(state, today, actions);
    this.#steps = { previous: this.#step(previousDay, '‹'), next: this.#step(nextDay, '›') };
    this.#years = choice(t('time.zoom'), 'time-zoom', zoomNames(), state.years, actions.setYears);
    this.#stride = choice(t('time.stride'), 'time-stride', strideNames(), state.stride, actions.setStride);
    this.#pace = choice(t('time.pace'), 'time-pace', paceNames(), state.pace, actions.setPace);
    this.#period = button({ class: 'timeline-part' }, () => this.#togglePeriod(), t('time.period'));
    this.#compare = button({ class: 'timeline-part' }, () => this.#toggleCompare(), t('compare.open'));
    this.#opener = this.#unfold();
    this.node = element(
      'section',
      { class: 'timebar', 'aria-label': t('time.title'), tabindex: -1 },
      element(
        'div',
        { class: 'timebar-buttons' },
        this.#play,
        this.#steps.previous,
        this.#date.node,
        this.#steps.next,
        button({ class: 'today timeline-part' }, () => actions.setDate(today), t('date.today')),
        this.#choices(),
        this.#period,
        this.#compare,
        this.#opener,
        opener,
      ),
      element('div', { class: 'timebar-lines' }, this.#status, this.#timeline.caption),
      this.#notice,
      this.#timeline.node,
    );
    this.setPlaying(false);
    this.update(state);
  }

  update(state: State): void {
    this.#state = state;
    this.#date.set(state.date);
    this.#timeline.update(state);
    this.#years.value = state.years;
    this.#stride.value = state.stride;
    this.#pace.value = state.pace;
    this.#period.setAttribute('aria-pressed', String(state.period !== null));
    this.#compare.setAttribute('aria-pressed', String(state.compare !== null));
    this.#describeSteps();
  }

  setInView(inView: InView): void {
    this.#inView = inView;
    this.#timeline.setInView(inView);
    this.#notice.hidden = inView.error === null && !inView.more;
    this.#notice.textContent = inView.error
      ? t('time.failed', { reason: sayError(inView.error) })
      : t('time.more', { n: inView.changes.length });
    this.#describeSteps();
  }

  setPlaying(playing: boolean): void {
    this.#play.classList.toggle('playing', playing);
    this.#play.setAttribute('aria-label', t(playing ? 'date.pause' : 'date.play'));
    this.#play.title = t(playing ? 'date.pause' : 'date.play');
  }

  say(text: string): void {
    setText(this.#status, text);
  }

  /** The day of the next change in view, null after the last. */
  nextChange(after: Day = this.#state.date): Day | null {
    return nextDay(this.#inView.changes, after);
  }

  /** Of the years shown. */
  get firstDay(): Day {
    return this.#timeline.firstDay;
  }

  remove(): void {
    this.#timeline.remove();
  }

  #choices(): HTMLElement {
    return element('div', { class: 'timebar-choices timeline-part' }, this.#years, this.#stride, this.#pace);
  }

  #step(find: typeof nextDay, sign: string): HTMLButtonElement {
    const go = () => {
      const day = find(this.#inView.changes, this.#state.date);
      if (day !== null) this.actions.setDate(day);
    };
    return button({ class: 'step' }, go, element('span', { class: 'step-sign', 'aria-hidden': 'true' }, sign));
  }

  /** A button that leads nowhere stays where it is, so that the focus does, and says so. */
  #describeSteps(): void {
    const days = {
      previous: previousDay(this.#inView.changes, this.#state.date),
      next: nextDay(this.#inView.changes, this.#state.date),
    };
    for (const way of ['previous', 'next'] as const) {
      const node = this.#steps[way];
      const day = days[way];
      const step = way === 'previous' ? 'time.previous' : 'time.next';
      const name = day === null ? this.#sayNoStep(way) : t(step, { date: sayDate(day) });
      node.setAttribute('aria-label', name);
      node.title = name;
      node.setAttribute('aria-disabled', String(day === null));
    }
  }

  /** That there is no change is said only where the server has told so. */
  #sayNoStep(way: 'previous' | 'next'): string {
    const { known, error } = this.#inView;
    if (known) return t(way === 'previous' ? 'time.noPrevious' : 'time.noNext');
    return error ? t('time.failed', { reason: sayError(error) }) : t('load.busy');
  }

  #togglePeriod(): void {
    this.actions.setPeriod(this.#state.period === null ? incidentPeriod(this.#state) : null);
  }

  /** What is compared stands over the map, of which an unfolded timeline leaves too little: it is folded first. */
  #toggleCompare(): void {
    const comparing = this.#state.compare === null;
    if (comparing && this.node.classList.contains('unfolded')) {
      // The button pressed goes out of sight: the focus waits at the one that brings it back.
      this.#opener.focus();
      this.#setUnfolded(false);
    }
    this.actions.setCompare(comparing);
  }

  #unfold(): HTMLButtonElement {
    return button(
      { class: 'timeline-opener', 'aria-expanded': 'false', 'aria-controls': 'timeline' },
      () => this.#setUnfolded(!this.node.classList.contains('unfolded')),
      ...signed('M2 14h12M4 14V9M8 14V3M12 14V7', t('time.title')),
    );
  }

  #setUnfolded(unfolded: boolean): void {
    this.node.classList.toggle('unfolded', unfolded);
    this.#opener.setAttribute('aria-expanded', String(unfolded));
  }
}
