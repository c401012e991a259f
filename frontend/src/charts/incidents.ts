import { sayDate } from '../dates';
import { element } from '../dom';
import { incidentPeriod } from '../period';
import type { Shown } from '../share/shown';
import { categoryStyle } from '../style/category';
import { categoryMark } from '../symbols';
import { label, t } from '../texts';
import { countIncidents, type MonthTable } from './counts';
import { barChart } from './plot';
import { csvButton, type Table, tableNode } from './table';

export interface Chart {
  readonly nodes: readonly HTMLElement[];
  readonly remove: () => void;
}

/** The chart of incidents with its legend and its table. */
export async function incidentChart(shown: Shown, width: number, signal: AbortSignal): Promise<Chart> {
  const counted = await countIncidents(shown, signal);
  const { from, to } = incidentPeriod(shown.state);
  const about = element(
    'p',
    { class: 'quiet' },
    t('charts.inView', { span: t('date.span', { from: sayDate(from), to: sayDate(to) }) }),
  );
  const earlier =
    counted.earlier === 0 ? [] : [element('p', { class: 'quiet' }, t('charts.earlier', { n: counted.earlier }))];
  if (counted.months.length === 0) {
    return { nodes: [about, element('p', {}, t('charts.none')), ...earlier], remove: () => {} };
  }
  const bars = counted.categories.map(({ code, counts }) => ({
    label: label('category', code),
    ...categoryStyle(code),
    counts,
  }));
  const { node, remove } = barChart(counted.months.map(sayMonth), bars, width);
  const keys = counted.categories.map(({ code }) => element('li', {}, categoryMark(code, 18), label('category', code)));
  const table = () => tableOf(counted);
  const legend = element('ul', { class: 'chart-legend' }, ...keys);
  return { nodes: [about, node, ...earlier, legend, tableNode(table()), csvButton(table, 'oxus-incidents')], remove };
}

function sayMonth(month: string): string {
  return sayDate(month, month.length === 7 ? 'month' : 'year');
}

function tableOf({ months, categories }: MonthTable): Table {
  const rows = months.map((month, at) => {
    const counts = categories.map(({ counts }) => counts[at] ?? 0);
    return [sayMonth(month), ...counts, counts.reduce((sum, count) => sum + count, 0)];
  });
  const columns = [t('charts.month'), ...categories.map(({ code }) => label('category', code)), t('charts.total')];
  return { name: t('charts.incidents'), columns, rows };
}
