import type { Day } from '../dates';
import { element } from '../dom';
import type { Period } from '../period';
import { Histogram } from './histogram';
import type { InView } from './in-view';
import type { Span } from './span';
import { Strip } from './strip';

export interface Shown {
  readonly inView: InView;
  readonly span: Span;
  readonly period: Period;
  readonly date: Day;
}

/** What happened in view over time: incidents by month above changes of status. */
export class Graph {
  readonly node: HTMLElement;
  readonly #histogram: Histogram;
  readonly #strip: Strip;

  constructor(today: Day, caption: HTMLElement, onPick: (day: Day) => void) {
    this.#histogram = new Histogram(today, caption, onPick);
    this.#strip = new Strip(onPick);
    this.node = element('div', {}, this.#histogram.node, this.#strip.node);
  }

  update({ inView, span, period, date }: Shown): void {
    this.#histogram.update(inView, span, period, date);
    this.#strip.update(inView.changes, span);
  }

  remove(): void {
    this.#strip.remove();
    this.node.remove();
  }
}
