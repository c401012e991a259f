import { button, element } from '../dom';
import type { Finding, Preview } from './imports';
import { sayWhere } from './say';
import { table } from './table';
import { label, t } from './texts';

export type Show = (at: readonly [number, number], text: string) => void;

/** What was found, errors first; what has a place is a button that takes the map there. */
export function findingsTable({ list, more }: Preview['findings'], show: Show): readonly HTMLElement[] {
  if (list.length === 0) return [];
  const heads = [t('finding.severity'), t('finding.where'), t('finding.detail'), t('finding.rule')];
  const rows = list.map(finding => [
    element('span', { class: `severity severity-${finding.severity}` }, label('severity', finding.severity)),
    place(finding, show),
    finding.detail,
    element('code', {}, finding.rule),
  ]);
  const title = t('finding.title');
  return [
    element('h3', {}, title),
    table(title, heads, rows),
    ...(more > 0 ? [element('p', { class: 'quiet' }, t('finding.more', { n: more }))] : []),
  ];
}

function place(finding: Finding, show: Show): Node | string {
  const { at } = finding;
  const where = sayWhere(finding);
  if (!at) return where;
  return button(
    { class: 'place', 'aria-label': t('finding.show', { where }) },
    () => show(at, `${where}: ${finding.detail}`),
    where,
  );
}
