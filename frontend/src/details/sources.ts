import { sayDate } from '../dates';
import { element, link } from '../dom';
import type { Source } from '../feature';
import { dataText } from '../language/data-text';
import { sayNumber } from '../quantity';
import { t } from '../texts';
import type { Kept } from './kept';

/** The full list of what an item rests on. */
export function sourcesSection(sources: readonly Source[], kept: Kept): HTMLElement | null {
  if (sources.length === 0) return null;
  const node = element(
    'details',
    { class: 'detail-sources', open: kept.sourcesOpen },
    element('summary', { 'data-keep': 'sources' }, `${t('item.sources')} (${sayNumber(sources.length)})`),
    element('ol', {}, ...sources.map(source => element('li', {}, ...sourceParts(source)))),
  );
  node.addEventListener('toggle', () => {
    kept.sourcesOpen = node.open;
  });
  return node;
}

function sourceParts(source: Source): (HTMLElement | string)[] {
  const title = source.title ?? source.id;
  const notes = [
    source.published && t('item.published', { date: sayDate(source.published) }),
    source.accessed && t('item.accessed', { date: sayDate(source.accessed) }),
  ].filter(note => note);
  return [
    source.publisher ? dataText(`${source.publisher}: `) : '',
    source.url ? link(source.url, dataText(title)) : dataText(title),
    ...(notes.length > 0 ? [element('span', { class: 'quiet' }, ` (${notes.join(t('list.separator'))})`)] : []),
  ];
}

/** The sources of one statement, short: the publishers, as links. */
export function citations(ids: readonly string[], sources: ReadonlyMap<string, Source>): HTMLElement | null {
  if (ids.length === 0) return null;
  const parts = ids.flatMap((id, index) => {
    const source = sources.get(id);
    const name = source?.publisher ?? id;
    return [index > 0 ? ' · ' : '', source?.url ? link(source.url, dataText(name)) : dataText(name)];
  });
  return element('p', { class: 'citations' }, ...parts);
}
