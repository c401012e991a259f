/** All that is known of one item; loaded when the first item is opened. */
import '../css/details.css';
import '../css/history.css';
import { itemPath, revisionsPath } from '../api';
import type { CollectionId } from '../collections';
import { sayDate } from '../dates';
import { element } from '../dom';
import { type Item, type ItemKey, text } from '../feature';
import { dataParagraph } from '../language/data-text';
import { label, t } from '../texts';
import { type DetailContext, timesOf } from './context';
import { fields } from './fields';
import type { Content } from './frame';
import { historySection } from './history';
import { incidentRows } from './incident';
import { nameHeading } from './names';
import { Near } from './near';
import { positionSection } from './position';
import { factList, type Row } from './rows';
import { sourcesSection } from './sources';
import { statusSection } from './status';

export function itemContent(key: ItemKey, item: Item, context: DetailContext): Content {
  const { collection } = key;
  const incident = collection === 'incidents';
  const summary = text(item.properties, 'summary');
  const parts = [
    nameHeading(item, label('layer', collection)),
    !incident && statusSection(item, context.date),
    summary && dataParagraph(summary, 'summary'),
    !incident && historySection(item, context),
    factList(rowsOf(collection, item)),
    positionSection(item),
    // What has no place is near nothing.
    item.geometry !== null && nearNode(key, context),
    sourcesSection(item.sources, context.kept),
    links(key, context),
  ];
  return { of: `${collection}/${item.id}`, parts: parts.filter(part => part instanceof HTMLElement) };
}

function nearNode(key: ItemKey, context: DetailContext): HTMLElement {
  const { kept } = context;
  kept.near ??= new Near(key, context);
  kept.near.ask(context);
  return kept.near.node;
}

function rowsOf(collection: CollectionId, item: Item): Row[] {
  if (collection === 'incidents') return incidentRows(item.properties);
  return fields[collection].map(({ key, value }) => [t(key), value(item.properties)]);
}

function links(key: ItemKey, context: DetailContext): HTMLElement {
  const times = timesOf(key, context);
  const geojson =
    times.datetime === null ? t('item.geojson') : t('detail.geojsonOn', { date: sayDate(times.datetime) });
  return element(
    'ul',
    { class: 'detail-links' },
    element('li', {}, data(itemPath(key, times), geojson)),
    element('li', {}, data(revisionsPath(key), t('detail.revisions'))),
  );
}

function data(href: string, name: string): HTMLElement {
  return element('a', { href, target: '_blank', rel: 'noopener' }, name);
}
