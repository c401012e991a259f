import { itemPath } from '../api';
import type { CollectionId } from '../collections';
import type { Day } from '../dates';
import { button, element } from '../dom';
import { codeOf, type Feature, type Item, type ItemKey, text } from '../feature';
import { dataParagraph, nameNode } from '../language/data-text';
import { categoryMark } from '../symbols';
import { label, t } from '../texts';
import { fields } from './fields';
import { historySection } from './history';
import { incidentRows, sayWhen } from './incident';
import { nameHeading } from './names';
import { positionSection } from './position';
import { factList, type Row } from './rows';
import { sourcesSection } from './sources';
import { statusSection } from './status';

/** All that is known of one item as of a date. */
export function itemContent(key: ItemKey, item: Item, date: Day): HTMLElement {
  const { collection } = key;
  const incident = collection === 'incidents';
  const summary = text(item.properties, 'summary');
  return element(
    'article',
    { class: 'details', 'data-item': `${collection}/${item.id}` },
    nameHeading(item, label('layer', collection)),
    !incident && statusSection(item, date),
    summary && dataParagraph(summary, 'summary'),
    !incident && historySection(item),
    factList(rowsOf(collection, item)),
    positionSection(item),
    sourcesSection(item.sources),
    element('p', { class: 'detail-links' }, geojsonLink(key, incident ? null : date)),
  );
}

function rowsOf(collection: CollectionId, item: Item): Row[] {
  if (collection === 'incidents') return incidentRows(item.properties);
  return fields[collection].map(({ key, value }) => [t(key), value(item.properties)]);
}

function geojsonLink(key: ItemKey, date: Day | null): HTMLElement {
  return element('a', { href: itemPath(key, date), target: '_blank', rel: 'noopener' }, t('item.geojson'));
}

/** A line of text in place of the details: still loading, or why there are none. */
export function messageContent(message: string): HTMLElement {
  return element('article', { class: 'details' }, element('p', { role: 'status' }, message));
}

/** Incidents that no zoom can part, as a list to choose from. */
export function severalContent(features: readonly Feature[], select: (feature: Feature) => void): HTMLElement {
  const byDate = [...features].sort((a, b) => startOf(a).localeCompare(startOf(b)));
  const rows = byDate.map(feature =>
    element(
      'li',
      {},
      button(
        { class: 'choice' },
        () => select(feature),
        categoryMark(codeOf(feature), 20),
        element('span', {}, nameNode(feature), element('small', {}, sayWhen(feature.properties))),
      ),
    ),
  );
  return element(
    'article',
    { class: 'details' },
    element('h2', {}, t('item.several', { n: features.length })),
    element('ol', { class: 'choices' }, ...rows),
  );
}

function startOf(feature: Feature): string {
  return text(feature.properties, 'start_date') ?? '';
}
