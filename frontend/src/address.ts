/**
 * State ↔ the fragment of the address: #map=7/37.6/69.9&date=2022-06-01&period=2021-01-01/2021-12-31&years=5&layers=crossings,bazaars&status=closed,unknown&online=1&item=bazaars/ishkoshim-bazaar&list=1&compare=2023-10-01&recorded=2026-05-01T12:00:00Z&lang=tg
 * Reading takes what it understands and leaves the rest as it was, because addresses are typed, cut and old.
 */
import { type CollectionId, collectionIds, isCollectionId } from './collections';
import type { Day } from './dates';
import type { ItemKey } from './feature';
import { readFilters, writeFilters } from './filters/filter';
import { languageOf } from './language/languages';
import { initialState, type State, type View, withCompare, withDate, withPeriod, withRecorded } from './state';
import { type Zoom, zooms } from './time/span';

const places = 4; // decimals of a degree: about ten metres

export function writeAddress(state: State): string {
  const { view, date, period, years, layers, filters, online, item, list, compare, recorded, lang } = state;
  const parts = [`map=${view.zoom}/${round(view.lat)}/${round(view.lon)}`, `date=${date}`];
  if (period) parts.push(`period=${period.from}/${period.to}`);
  if (zooms[years] !== null) parts.push(`years=${zooms[years]}`);
  if (layers.length !== collectionIds.length) parts.push(`layers=${layers.join(',')}`);
  parts.push(...writeFilters(filters));
  if (online) parts.push('online=1');
  if (item) parts.push(`item=${item.collection}/${encodeURIComponent(item.id)}`);
  if (list) parts.push('list=1');
  if (compare) parts.push(`compare=${compare}`);
  if (recorded) parts.push(`recorded=${recorded}`);
  if (lang) parts.push(`lang=${lang}`);
  return `#${parts.join('&')}`;
}

export function readAddress(hash: string, today: Day): State {
  const fields = new Map(hash.replace(/^#/, '').split('&').map(splitField));
  const start = initialState(today);
  const dated = withDate(start, fields.get('date') ?? '', today);
  const compared = withCompare(dated, fields.get('compare') ?? '', today);
  const recorded = withRecorded(compared, fields.get('recorded') ?? '', today);
  const [from = '', to = ''] = (fields.get('period') ?? '').split('/');
  return {
    ...withPeriod(recorded, { from, to }),
    view: readView(fields.get('map')) ?? start.view,
    years: readYears(fields.get('years')),
    layers: readLayers(fields.get('layers')) ?? start.layers,
    filters: readFilters(fields),
    online: fields.get('online') === '1',
    item: readItem(fields.get('item')),
    list: fields.get('list') === '1',
    lang: languageOf(fields.get('lang')),
  };
}

function splitField(field: string): [string, string] {
  const at = field.indexOf('=');
  return at < 0 ? [field, ''] : [field.slice(0, at), field.slice(at + 1)];
}

function round(degrees: number): number {
  return Number(degrees.toFixed(places));
}

function readView(text: string | undefined): View | null {
  const match = /^(\d+(?:\.\d+)?)\/(-?\d+(?:\.\d+)?)\/(-?\d+(?:\.\d+)?)$/.exec(text ?? '');
  if (!match) return null;
  const [zoom, lat, lon] = match.slice(1).map(Number) as [number, number, number];
  const inside = zoom <= 24 && Math.abs(lat) <= 90 && Math.abs(lon) <= 180;
  return inside ? { zoom, lat, lon } : null;
}

function readYears(text: string | undefined): Zoom {
  const known = (Object.keys(zooms) as Zoom[]).find(zoom => String(zooms[zoom]) === text);
  return known ?? 'all';
}

/** "layers=" with nothing after it is a map with every layer off; only unknown names mean nothing was said. */
function readLayers(text: string | undefined): CollectionId[] | null {
  if (text === undefined) return null;
  const asked = text.split(',');
  const known = collectionIds.filter(id => asked.includes(id));
  return known.length > 0 || text === '' ? known : null;
}

function readItem(text: string | undefined): ItemKey | null {
  const [collection = '', id = ''] = (text ?? '').split('/');
  if (!isCollectionId(collection) || id === '') return null;
  try {
    return { collection, id: decodeURIComponent(id) };
  } catch {
    return null; // a cut percent sign
  }
}
