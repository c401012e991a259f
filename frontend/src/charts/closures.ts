import { DateInput } from '../date-input';
import { type Day, today } from '../dates';
import { element } from '../dom';
import { sayError } from '../say-error';
import type { Shown } from '../share/shown';
import { statusStyle } from '../style/status';
import { statusMark } from '../symbols';
import { label, t } from '../texts';
import { type Closure, countClosures, daysOf, firstSpan } from './counts';
import { barChart } from './plot';
import { csvButton, type Table, tableNode } from './table';

/** The chart shows as many as can be told apart; the table shows all. */
const inChart = 14;

/** The server counts both as closed; a bridge that was never built is suspended, and nobody closed it. */
const notOpen = ['closed', 'suspended'] as const;

/** Days closed and suspended of each crossing in sight over a span the reader chooses; unknown days are shown as such. */
export class ClosureChart {
  readonly node = element('div');
  readonly #result = element('div', { role: 'status' });
  #span: { readonly from: Day; readonly to: Day };
  #question = new AbortController();
  #remove = () => {};

  constructor(
    readonly shown: Shown,
    readonly width: () => number,
  ) {
    this.#span = firstSpan(shown.state.date);
    const field = (name: string, id: string, day: Day, set: (day: Day) => void) => {
      const input = new DateInput(id, today(), chosen => {
        set(chosen);
        void this.show();
      });
      input.set(day);
      return element('label', { class: 'modal-row' }, name, input.node);
    };
    const from = field(t('period.from'), 'closed-from', this.#span.from, day => {
      this.#span = { ...this.#span, from: day };
    });
    const to = field(t('period.to'), 'closed-to', this.#span.to, day => {
      this.#span = { ...this.#span, to: day };
    });
    const note = element('p', { class: 'quiet' }, t('charts.unknownNote'));
    this.node.append(element('div', { class: 'modal-row' }, from, to), note, this.#result);
  }

  async show(): Promise<void> {
    this.#question.abort();
    this.#question = new AbortController();
    const { signal } = this.#question;
    const [from, to] = [this.#span.from, this.#span.to].sort() as [Day, Day];
    try {
      const closures = await countClosures(this.shown, from, to, signal);
      if (!signal.aborted) this.#draw(closures.map(this.#named));
    } catch (error) {
      if (!signal.aborted) this.#result.replaceChildren(t('charts.failed', { reason: sayError(error) }));
    }
  }

  readonly #named = (closure: Closure): Closure => {
    const { id } = closure;
    const named = this.shown.named?.({ collection: 'crossings', id, name: nameOf(closure) });
    return named ? { ...closure, name: named.name } : closure;
  };

  remove(): void {
    this.#question.abort();
    this.#remove();
  }

  #draw(closures: readonly Closure[]): void {
    this.#remove();
    if (closures.length === 0) {
      this.#result.replaceChildren(t('charts.none'));
      return;
    }
    const drawn = closures.slice(0, inChart);
    const bars = [
      ...notOpen.map(status => ({
        label: label('status', status),
        color: statusStyle(status).color,
        counts: drawn.map(one => daysOf(one, status)),
      })),
      { label: t('charts.unknown'), color: '', hollow: true, counts: drawn.map(one => daysOf(one, 'unknown')) },
    ];
    const { node, remove } = barChart(drawn.map(nameOf), bars, this.width());
    this.#remove = remove;
    const keys = [...notOpen, 'unknown'].map(code =>
      element('li', {}, statusMark(code, null, 18), label('status', code)),
    );
    const table = () => tableOf(closures);
    this.#result.replaceChildren(
      node,
      element('ul', { class: 'chart-legend' }, ...keys),
      tableNode(table()),
      csvButton(table, 'oxus-closures'),
    );
  }
}

function nameOf(closure: Closure): string {
  return closure.name ?? closure.id;
}

export function tableOf(closures: readonly Closure[]): Table {
  const columns = [
    t('charts.crossing'),
    t('charts.closed'),
    t('charts.suspended'),
    t('charts.unknown'),
    t('charts.known'),
  ];
  const rows = closures.map(one => [
    nameOf(one),
    ...[...notOpen, 'unknown'].map(status => daysOf(one, status)),
    one.days,
  ]);
  return { name: t('charts.closures'), columns, rows, ofData: true };
}
