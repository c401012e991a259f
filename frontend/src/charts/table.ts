import { button, element } from '../dom';
import { dataText } from '../language/data-text';
import { t } from '../texts';

/** What a chart shows, as a table: for those who do not see the chart, and for other programs. */
export interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  /** Its rows are named by the data, in whatever language. */
  readonly ofData?: true;
}

export function tableNode({ name, columns, rows, ofData }: Table): HTMLElement {
  const head = element('tr', {}, ...columns.map(column => element('th', { scope: 'col' }, column)));
  const body = rows.map(([first = '', ...cells]) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, ofData ? dataText(String(first)) : first),
      ...cells.map(cell => element('td', {}, cell)),
    ),
  );
  const table = element('table', {}, element('thead', {}, head), element('tbody', {}, ...body));
  table.prepend(element('caption', {}, name));
  return element('div', { class: 'chart-table', tabindex: 0, role: 'region', 'aria-label': name }, table);
}

export function csvButton(table: () => Table, file: string): HTMLElement {
  return button(
    {},
    () => {
      const address = URL.createObjectURL(new Blob(['\ufeff', csvOf(table())], { type: 'text/csv' }));
      element('a', { href: address, download: `${file}.csv` }).click();
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
    },
    t('charts.csv'),
  );
}

export function csvOf({ columns, rows }: Table): string {
  return [columns, ...rows].map(row => `${row.map(csvCell).join(',')}\r\n`).join('');
}

/** A text that a spreadsheet would take for a formula is told to be none. */
function csvCell(cell: string | number): string {
  if (typeof cell === 'number') return String(cell);
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
