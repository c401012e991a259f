import { type CollectionId, collectionIds } from '../collections';
import { element } from '../dom';
import { question } from '../feeds';
import type { State } from '../state';
import { label, t } from '../texts';
import type { Part } from './later';

/** Each is a way out of the server, with the same question as the map's. */
const formats = { geojson: 'GeoJSON', csv: 'CSV', gpkg: 'GeoPackage' } as const;

/** What is shown as files: of the date, the period and the record that the map shows. */
export class Downloads implements Part {
  readonly node: HTMLElement;
  readonly #rows = element('ul', {});

  constructor() {
    this.node = element('div', {}, element('p', {}, t('download.what')), this.#rows);
  }

  update(state: State): void {
    this.#rows.replaceChildren(...collectionIds.flatMap(id => downloadRow(id, question(state, id)) ?? []));
  }
}

function downloadRow(collection: CollectionId, query: string | null): HTMLElement | null {
  if (query === null) return null;
  const name = label('layer', collection);
  const links = Object.entries(formats).map(([format, title]) =>
    element(
      'a',
      {
        href: `api/${collection}.${format}?${query}`,
        download: true,
        'aria-label': t('download.link', { name, format: title }),
      },
      title,
    ),
  );
  return element('li', { class: 'download-row' }, element('span', { class: 'download-name' }, name), ...links);
}
