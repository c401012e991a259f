import { DateField } from '../date-field';
import { today } from '../dates';
import { element } from '../dom';
import type { Period } from '../period';
import { Question } from '../question';
import { sayError } from '../say-error';
import { parametersOf, type Shown } from '../share/shown';
import { statusStyle } from '../style/status';
import { statusMark } from '../symbols';
import { label, t } from '../texts';
import { type Closure, countClosures, daysOf } from './counts';
import { replaceInPlace } from './in-place';
import { barChart } from './plot';
import { csvButton, type Table, tableNode } from './table';

/** The chart shows as many as can be told apart; the table shows all. */
const inChart = 14;

/** The server counts both as closed; a bridge that was never built is suspended, and nobody closed it. */
const notOpen = ['closed', 'suspended'] as const;

/** Days closed and suspended of each crossing in sight over a span the reader chooses; unknown days are shown as such. */
export class ClosureChart {
  readonly node = element('div');
  readonly #result = element('div', { class: 'charts-closures', role: 'status' });
  readonly #from: DateField;
  readonly #to: DateField;
  readonly #question = new Question<readonly Closure[]>(
    closures => this.#draw(closures.map(this.#named)),
    error => this.#result.replaceChildren(t('charts.failed', { reason: sayError(error) })),
    0,
  );
  #remove = () => {};

  constructor(
    readonly width: () => number,
    readonly named: Shown['named'],
    onSpan: (span: Period) => void,
  ) {
    const read = () => onSpan({ from: this.#from.day, to: this.#to.day });
    this.#from = new DateField('closed-from', t('period.from'), today(), read);
    this.#to = new DateField('closed-to', t('period.to'), today(), read);
    const note = element('p', { class: 'quiet' }, t('charts.unknownNote'));
    const dates = element('div', { class: 'modal-row' }, this.#from.node, this.#to.node);
    this.node.append(dates, note, this.#result);
  }

  update(shown: Shown, { from, to }: Period): void {
    this.#from.set(from);
    this.#to.set(to);
    const asked = [parametersOf(shown, 'crossings'), from, to].join(' ');
    this.#question.ask(asked, signal => countClosures(shown, from, to, signal));
  }

  refresh(): void {
    void this.#question.again();
  }

  readonly #named = (closure: Closure): Closure => {
    const { id } = closure;
    const named = this.named?.({ collection: 'crossings', id, name: nameOf(closure) });
    return named ? { ...closure, name: named.name } : closure;
  };

  remove(): void {
    this.#question.stop();
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
    replaceInPlace(this.#result, [
      node,
      element('ul', { class: 'chart-legend' }, ...keys),
      tableNode(table()),
      csvButton(table, 'oxus-closures'),
    ]);
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
