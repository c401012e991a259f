import { element } from '../dom';
import { dataText } from '../language/data-text';

/** A fact's name and its value; a fact without a value is not shown. */
export type Row = readonly [name: string, value: string | null];

export function factList(rows: readonly Row[]): HTMLElement | null {
  const known = rows.filter(([, value]) => value !== null && value !== '');
  if (known.length === 0) return null;
  const nodes = known.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, dataText(value ?? ''))]);
  return element('dl', { class: 'facts' }, ...nodes);
}
