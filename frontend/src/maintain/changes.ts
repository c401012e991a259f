import { button, element } from '../dom';
import { sayDistance } from '../quantity';
import { diffMark, markOf } from './diff-marks';
import type { Difference, Preview, Row } from './imports';
import { label, sayTarget, t } from './texts';

export type ShowRow = (difference: Difference) => void;

/** What is different, row by row and property by property, for those who do not read the map. */
export function changesList(preview: Preview, show: ShowRow): readonly HTMLElement[] {
  const { rows, moreRows, differences } = preview;
  const placed = new Map(differences.filter(({ geometry }) => geometry !== null).map(one => [keyOf(one), one]));
  const list = rows.map(row => {
    const drawn = placed.get(`${row.row}/${row.collection}/${row.id}`);
    return element('li', {}, head(row, drawn, show), ...values(row));
  });
  return [
    element('h3', {}, t('change.title')),
    list.length > 0 ? element('ul', { class: 'changes' }, ...list) : element('p', {}, t('change.none')),
    ...(moreRows ? [element('p', { class: 'quiet' }, t('change.more', { n: rows.length }))] : []),
  ];
}

function keyOf({ properties: { row, collection, id } }: Difference): string {
  return `${row}/${collection}/${id}`;
}

function head(row: Row, drawn: Difference | undefined, show: ShowRow): HTMLElement {
  const text = t('change.row', {
    action: label('action', row.action),
    id: row.id,
    collection: sayTarget(row.collection),
  });
  const mark = diffMark(markOf(row.action, 'after'), 18);
  if (drawn) return button({ class: 'place' }, () => show(drawn), mark, text);
  return element('span', { class: 'row-name' }, mark, text);
}

function values({ changed, moved_m }: Row): HTMLElement[] {
  const lines = Object.entries(changed).map(([name, { before, after }]) => {
    if (name !== 'geometry') return t('change.value', { name, before: sayValue(before), after: sayValue(after) });
    const distance = moved_m ? t('change.moved', { distance: sayDistance(moved_m) }) : sayPlace(after);
    return `${t('change.geometry')}: ${distance}`;
  });
  return lines.map(line => element('p', { class: 'quiet', dir: 'auto' }, line));
}

const longest = 200;

/** A value as text, cut where it is long: the report has it whole. */
export function sayValue(value: unknown): string {
  if (value === null || value === undefined || value === '') return t('change.blank');
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

function sayPlace(geometry: unknown): string {
  const { coordinates } = (geometry ?? {}) as { coordinates?: unknown };
  return sayValue(coordinates);
}
