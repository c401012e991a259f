/** The whole history of a feature as one bar: phases above, disruptions below, a mark at the date of the map. */
import { type Day, sayDate } from '../dates';
import { button, element } from '../dom';
import type { StatusPeriod } from '../feature';
import { patternOf } from '../style/pattern';
import { statusStyle } from '../style/status';
import { label, t } from '../texts';
import { type Lanes, lanesOf, type Stretch, scaleOf, yearsOf } from './lanes';
import { saySpan } from './span';

const laneHeight = 20; // pixels; the style sheet draws stretches of that height
const mostYears = 6;

export interface BarOptions {
  readonly history: readonly StatusPeriod[];
  readonly date: Day;
  readonly today: Day;
  readonly chosen: number | null;
  readonly choose: (turn: number) => void;
}

export class HistoryBar {
  readonly node: HTMLElement;
  readonly #turns: readonly HTMLButtonElement[];
  readonly #lanes: Lanes;
  readonly #field = element('div', { class: 'bar-field' });
  #chosen: number | null;

  constructor(readonly options: BarOptions) {
    const { history, date, today, chosen } = options;
    this.#lanes = lanesOf(history, today);
    this.#turns = history.map((period, turn) => this.#turn(period, turn));
    this.#chosen = chosen;
    this.#fill(date);
    this.node = element(
      'div',
      { class: 'history-bar', role: 'group', 'aria-label': t('detail.bar', { n: history.length }) },
      this.#field,
      this.#years(),
      this.#steps(),
    );
    this.#field.addEventListener('click', event => this.#hit(event));
    this.#field.addEventListener('keydown', event => this.#key(event));
    this.#mark();
  }

  #fill(date: Day): void {
    const { phases, disruptions, stretches } = this.#lanes;
    // What no phase covers is unknown, and is drawn so.
    const unknown = element('div', { class: 'bar-unknown' });
    unknown.style.blockSize = `${Math.max(1, phases) * laneHeight}px`;
    this.#field.style.blockSize = `${Math.max(44, (Math.max(1, phases) + disruptions) * laneHeight + 8)}px`;
    const asOf = element('div', { class: 'bar-date', title: sayDate(date) });
    place(asOf, this.#share(date));
    this.#field.append(unknown, ...stretches.flatMap(stretchNodes), ...this.#turns, asOf);
  }

  #share(day: Day): number {
    return scaleOf(this.#lanes.from, this.#lanes.to)(day);
  }

  #turn(period: StatusPeriod, turn: number): HTMLButtonElement {
    const name = period.kind === 'milestone' ? t('history.milestone') : label('status', period.status ?? 'unknown');
    const node = button(
      {
        class: `bar-turn bar-turn-${period.kind}`,
        'aria-label': t('detail.turn', { status: name, span: saySpan(period) }),
        'data-keep': `turn-${turn}`,
      },
      () => this.choose(turn),
    );
    place(node, this.#share(period.from));
    return node;
  }

  choose(turn: number): void {
    this.#chosen = turn;
    this.#mark();
    this.options.choose(turn);
  }

  /** One of the turns is on the way of the tab key; the arrows lead from it to the others. */
  #mark(): void {
    const stop = this.#chosen ?? 0;
    for (const [index, turn] of this.#turns.entries()) {
      turn.setAttribute('aria-pressed', String(index === this.#chosen));
      turn.tabIndex = index === stop ? 0 : -1;
    }
  }

  /** Turns may lie closer together than a finger is wide, so the whole bar is the target and the nearest turn is meant. */
  #hit(event: MouseEvent): void {
    // A press by the keyboard or a screen reader comes from the turn itself.
    if (event.target instanceof HTMLButtonElement) return;
    const middles = this.#turns.map(turn => turn.getBoundingClientRect()).map(({ left, width }) => left + width / 2);
    const distances = middles.map(middle => Math.abs(middle - event.clientX));
    const nearest = distances.indexOf(Math.min(...distances));
    if (nearest >= 0) this.choose(nearest);
  }

  #key(event: KeyboardEvent): void {
    const onward = getComputedStyle(this.#field).direction === 'rtl' ? -1 : 1;
    const at = this.#turns.indexOf(event.target as HTMLButtonElement);
    const last = this.#turns.length - 1;
    const steps: Partial<Record<string, number>> = {
      ArrowRight: at + onward,
      ArrowLeft: at - onward,
      Home: 0,
      End: last,
    };
    const turn = steps[event.key];
    if (at < 0 || turn === undefined) return;
    event.preventDefault();
    this.#go(Math.min(last, Math.max(0, turn)));
  }

  #go(turn: number): void {
    this.choose(turn);
    this.#turns[turn]?.focus({ preventScroll: true });
  }

  #steps(): HTMLElement {
    const last = this.#turns.length - 1;
    const step = (by: 1 | -1, key: 'detail.before' | 'detail.after', keep: string) =>
      button(
        { 'data-keep': keep },
        () => this.choose(Math.min(last, Math.max(0, (this.#chosen ?? (by > 0 ? -1 : last + 1)) + by))),
        t(key),
      );
    return element(
      'div',
      { class: 'bar-steps' },
      step(-1, 'detail.before', 'turn-before'),
      step(1, 'detail.after', 'turn-after'),
    );
  }

  #years(): HTMLElement {
    const { from, to } = this.#lanes;
    const years = yearsOf(from, to, mostYears).map(day => {
      const year = element('span', {}, sayDate(day, 'year'));
      place(year, this.#share(day));
      return year;
    });
    return element('div', { class: 'bar-years', 'aria-hidden': 'true' }, ...years);
  }
}

function stretchNodes({ period, from, sure, to, lane, openEnd }: Stretch): HTMLElement[] {
  const status = period.status ?? 'unknown';
  const stretch = element('div', { class: `bar-stretch pattern-${patternOf(status)}`, 'data-status': status });
  stretch.classList.toggle('open-end', openEnd);
  stretch.style.setProperty('--status', statusStyle(status).color);
  stretch.style.insetBlockStart = `${lane * laneHeight}px`;
  place(stretch, from, to - from);
  if (sure <= from) return [stretch];
  // Somewhere along here it began: the source gives the month or the year only.
  const unsure = element('div', { class: 'bar-unsure' });
  unsure.style.insetBlockStart = `${lane * laneHeight}px`;
  place(unsure, from, sure - from);
  return [stretch, unsure];
}

function place(node: HTMLElement, at: number, length?: number): void {
  node.style.insetInlineStart = `${(at * 100).toFixed(3)}%`;
  if (length !== undefined) node.style.inlineSize = `${(length * 100).toFixed(3)}%`;
}
