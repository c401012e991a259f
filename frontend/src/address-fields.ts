/** The fields of the map's address, as a table: how each is written, how it is read, and whether it was taken as it stands. */
import { type CollectionId, collectionIds, isCollectionId } from './collections';
import { type Day, firstDay, isDay, momentOf } from './dates';
import { radii } from './details/radii';
import type { ItemKey } from './feature';
import { facets, readCodes, splitCodes } from './filters/filter';
import { languageOf } from './language/languages';
import { columns, type Order } from './list/order';
import type { Period } from './period';
import {
  initialState,
  type State,
  type View,
  withCharts,
  withCompare,
  withDate,
  withPeriod,
  withRecorded,
} from './state';
import { paces, strides } from './time/player';
import { zooms } from './time/span';

export interface Field {
  readonly name: string;
  /** null where the state is as at first, which needs no words. */
  readonly write: (state: State) => string | null;
  /** The state with what the text says; null where that is not understood. */
  readonly read: (text: string, state: State, today: Day) => State | null;
  /** Whether the state read has all that the text says, where reading may take a part of it or what is nearest to it. */
  readonly whole?: (text: string, state: State) => boolean;
}

const decimals = 4; // of a degree: about ten metres

/** The state with a value; null where there is none. */
function put<K extends keyof State>(state: State, key: K, value: State[K] | null | undefined): State | null {
  return value === null || value === undefined ? null : { ...state, [key]: value };
}

const onOff = (key: 'online' | 'list'): Field => ({
  name: key,
  write: state => (state[key] ? '1' : null),
  read: (text, state) => put(state, key, text === '1' ? true : text === '0' ? false : null),
});

/** What the state is at first, whatever the day: it needs no words. */
const first = initialState(firstDay);

/** One of a few values. */
function oneOf<K extends 'years' | 'stride' | 'pace' | 'near'>(
  name: string,
  key: K,
  values: readonly State[K][],
  say: (value: State[K]) => string = String,
): Field {
  return {
    name,
    write: state => (state[key] === first[key] ? null : say(state[key])),
    read: (text, state) =>
      put(
        state,
        key,
        values.find(value => say(value) === text),
      ),
  };
}

const keysOf = <T extends object>(table: T) => Object.keys(table) as (keyof T)[];

/** In the order in which they are written. */
export const addressFields: readonly Field[] = [
  {
    name: 'map',
    write: ({ view }) => `${view.zoom}/${round(view.lat)}/${round(view.lon)}`,
    read: (text, state) => put(state, 'view', readView(text)),
  },
  {
    name: 'date',
    write: state => state.date,
    read: (text, state, today) => (isDay(text) ? withDate(state, text, today) : null),
    whole: (text, { date }) => date === text,
  },
  {
    name: 'period',
    write: ({ period }) => writeSpan(period),
    read: (text, state) => spanned(text, span => withPeriod(state, span)),
  },
  oneOf('years', 'years', keysOf(zooms), zoom => String(zooms[zoom] ?? zoom)),
  oneOf('step', 'stride', strides),
  oneOf('pace', 'pace', keysOf(paces)),
  {
    name: 'layers',
    write: ({ layers }) => (layers.length === collectionIds.length ? null : layers.join(',')),
    read: (text, state) => put(state, 'layers', readLayers(text)),
    whole: text => text === '' || text.split(',').every(isCollectionId),
  },
  ...facets.map(
    (facet): Field => ({
      name: facet,
      write: ({ filters }) => (filters[facet].length === 0 ? null : filters[facet].map(encodeURIComponent).join(',')),
      read: (text, state) => put(state, 'filters', { ...state.filters, [facet]: readCodes(facet, text) }),
      whole: (text, { filters }) => new Set(splitCodes(text)).size === filters[facet].length,
    }),
  ),
  onOff('online'),
  {
    name: 'item',
    write: ({ item }) => (item === null ? null : `${item.collection}/${encodeURIComponent(item.id)}`),
    read: (text, state) => put(state, 'item', readItem(text)),
  },
  oneOf('within', 'near', radii),
  onOff('list'),
  {
    name: 'sortby',
    write: ({ order }) => (writeOrder(order) === writeOrder(first.order) ? null : writeOrder(order)),
    read: (text, state) => put(state, 'order', readOrder(text)),
  },
  {
    name: 'charts',
    write: ({ charts }) => writeSpan(charts),
    read: (text, state) => spanned(text, span => withCharts(state, span)),
  },
  {
    name: 'compare',
    write: state => state.compare,
    read: (text, state, today) => (isDay(text) ? withCompare(state, text, today) : null),
    whole: (text, { compare }) => compare === text,
  },
  {
    name: 'recorded',
    write: state => state.recorded,
    read: (text, state, today) => withRecorded(state, text, today),
    whole: (text, { recorded }) => recorded !== null && recorded === momentOf(text),
  },
  { name: 'lang', write: state => state.lang, read: (text, state) => put(state, 'lang', languageOf(text)) },
];

function round(degrees: number): number {
  return Number(degrees.toFixed(decimals));
}

function readView(text: string): View | null {
  const match = /^(\d+(?:\.\d+)?)\/(-?\d+(?:\.\d+)?)\/(-?\d+(?:\.\d+)?)$/.exec(text);
  if (!match) return null;
  const [zoom, lat, lon] = match.slice(1).map(Number) as [number, number, number];
  const inside = zoom <= 24 && Math.abs(lat) <= 90 && Math.abs(lon) <= 180;
  return inside ? { zoom, lat, lon } : null;
}

function writeSpan(span: Period | null): string | null {
  return span === null ? null : `${span.from}/${span.to}`;
}

function spanned(text: string, take: (span: Period) => State): State | null {
  const [from = '', to = '', ...more] = text.split('/');
  return isDay(from) && isDay(to) && more.length === 0 ? take({ from, to }) : null;
}

/** "layers=" with nothing after it is a map with every layer off; only unknown names mean nothing was said. */
function readLayers(text: string): CollectionId[] | null {
  const asked = text.split(',');
  const known = collectionIds.filter(id => asked.includes(id));
  return known.length > 0 || text === '' ? known : null;
}

function readItem(text: string): ItemKey | null {
  const [collection = '', id = ''] = text.split('/');
  if (!isCollectionId(collection) || id === '') return null;
  try {
    return { collection, id: decodeURIComponent(id) };
  } catch {
    return null; // a cut percent sign
  }
}

/** As sortby of the API: a minus before the column turns it round. */
function writeOrder({ column, down }: Order): string {
  return `${down ? '-' : ''}${column}`;
}

function readOrder(text: string): Order | null {
  const column = columns.find(name => name === text.replace(/^-/, ''));
  return column === undefined ? null : { column, down: text.startsWith('-') };
}
