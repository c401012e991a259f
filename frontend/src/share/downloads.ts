import type { CollectionId } from '../collections';
import { element } from '../dom';
import { label, t } from '../texts';
import { parametersOf, type Shown } from './shown';

/** The files a collection is offered as, by the end of their address. */
export const fileFormats = [
  'geojson',
  'csv',
  'gpkg',
  'shp.zip',
  'kml',
  'fgb',
  'parquet',
  'geojsonseq',
  'jsonfg',
] as const;
export type FileFormat = (typeof fileFormats)[number];

export function fileAddress(shown: Shown, collection: CollectionId, format: FileFormat): string {
  return `api/${collection}.${format}?${parametersOf(shown, collection)}`;
}

/** A link for each collection shown, in one format for all. */
export function downloads(shown: Shown): HTMLElement {
  const { layers } = shown.state;
  if (layers.length === 0) return element('p', {}, t('share.noLayers'));
  const choice = element('select', {}, ...fileFormats.map(format => element('option', { value: format }, format)));
  const links = layers.map(id => ({ id, node: element('a', { download: true }, label('layer', id)) }));
  const write = () => {
    for (const { id, node } of links) node.href = fileAddress(shown, id, choice.value as FileFormat);
  };
  choice.addEventListener('change', write);
  write();
  const rows = links.map(({ node }) => element('li', {}, node));
  const named = element('label', { class: 'modal-row' }, t('share.format'), choice);
  return element('div', {}, named, element('ul', { class: 'downloads' }, ...rows));
}
