/** What the reader looks at, as one value. Every change is a function from state to state; nothing here touches the page. */
import { type CollectionId, collectionIds } from './collections';
import { clampDay, type Day, firstDay, isDay, momentOf } from './dates';
import { usualRadius } from './details/radii';
import { type ItemKey, sameKey } from './feature';
import { countSet, type Facet, type Filters, noFilters, toggled } from './filters/filter';
import type { LanguageCode } from './language/languages';
import { firstOrder, type Order } from './list/order';
import type { Period } from './period';
import type { Pace, Stride } from './time/player';
import type { Zoom } from './time/span';

export interface View {
  readonly zoom: number;
  readonly lat: number;
  readonly lon: number;
}

export interface State {
  readonly view: View;
  /** The as-of date. */
  readonly date: Day;
  /** The reader's period for incidents; null follows the as-of date. */
  readonly period: Period | null;
  /** How much of the years the timeline shows. */
  readonly years: Zoom;
  /** How play moves: by what, and how fast. */
  readonly stride: Stride;
  readonly pace: Pace;
  readonly layers: readonly CollectionId[];
  /** Which of their features the reader wants to see. */
  readonly filters: Filters;
  /** Whether the operator's online map lies under the data, where there is one. */
  readonly online: boolean;
  /** The item whose details are open. */
  readonly item: ItemKey | null;
  /** Whether what is in the map's view is also listed. */
  readonly list: boolean;
  readonly order: Order;
  /** How far around an item incidents are looked for, in metres. */
  readonly near: number;
  /** The days for which open charts count closures; null where no charts are open. */
  readonly charts: Period | null;
  /** The date whose status is held against that of the as-of date. */
  readonly compare: Day | null;
  /** The instant (RFC 3339, in UTC) whose record is asked; null asks what is known now. */
  readonly recorded: string | null;
  /** The language asked for; null leaves it to the reader's own choice. */
  readonly lang: LanguageCode | null;
}

/** The Panj and its neighbours: the whole Tajik–Afghan border in sight. */
export const homeView: View = { zoom: 7, lat: 37.6, lon: 69.9 };

export function initialState(today: Day): State {
  return {
    view: homeView,
    date: today,
    period: null,
    years: 'all',
    stride: 'month',
    pace: 'normal',
    layers: collectionIds,
    filters: noFilters,
    online: false,
    item: null,
    list: false,
    order: firstOrder,
    near: usualRadius,
    charts: null,
    compare: null,
    recorded: null,
    lang: null,
  };
}

export function withView(state: State, view: View): State {
  return sameView(state.view, view) ? state : { ...state, view };
}

export function sameView(a: View, b: View): boolean {
  return a.zoom === b.zoom && a.lat === b.lat && a.lon === b.lon;
}

/** A date that is no day of the calendar changes nothing; one outside the range becomes its nearest end. */
export function withDate(state: State, date: string, today: Day): State {
  if (!isDay(date)) return state;
  const clamped = clampDay(date, firstDay, today);
  return clamped === state.date ? state : { ...state, date: clamped };
}

export function withPeriod(state: State, period: Period | null): State {
  return withSpan(state, 'period', period);
}

export function withCharts(state: State, charts: Period | null): State {
  return withSpan(state, 'charts', charts);
}

/** A span that ends before it begins is turned round; one without a day of the calendar at each end changes nothing. */
function withSpan(state: State, key: 'period' | 'charts', span: Period | null): State {
  if (span === null) return state[key] === null ? state : { ...state, [key]: null };
  const [from = '', to = ''] = [span.from, span.to].sort();
  if (!isDay(from) || !isDay(to)) return state;
  const same = state[key]?.from === from && state[key]?.to === to;
  return same ? state : { ...state, [key]: { from, to } };
}

/** What has no rule of its own: any value is as good as another. */
type Free = 'years' | 'stride' | 'pace' | 'online' | 'list' | 'order' | 'near' | 'lang';

export function withChosen<K extends Free>(state: State, key: K, value: State[K]): State {
  return state[key] === value ? state : { ...state, [key]: value };
}

export function withLayer(state: State, layer: CollectionId, shown: boolean): State {
  if (state.layers.includes(layer) === shown) return state;
  // The panel's order, so that equal choices make equal addresses.
  const layers = collectionIds.filter(id => (id === layer ? shown : state.layers.includes(id)));
  return { ...state, layers };
}

export function withFilter(state: State, facet: Facet, code: string): State {
  return { ...state, filters: toggled(state.filters, facet, code) };
}

export function withoutFilters(state: State): State {
  return countSet(state.filters) === 0 ? state : { ...state, filters: noFilters };
}

export function withItem(state: State, item: ItemKey | null): State {
  return sameKey(state.item, item) ? state : { ...state, item };
}

export function withCompare(state: State, compare: string | null, today: Day): State {
  if (compare !== null && !isDay(compare)) return state;
  const clamped = compare === null ? null : clampDay(compare, firstDay, today);
  return clamped === state.compare ? state : { ...state, compare: clamped };
}

/** The as-of date and the one it is compared with change places. */
export function withSwappedDates(state: State): State {
  return state.compare === null ? state : { ...state, date: state.compare, compare: state.date };
}

/** A text that is no instant changes nothing, nor does one of a day that has not come: nothing was recorded then. */
export function withRecorded(state: State, recorded: string | null, today: Day): State {
  const moment = recorded === null ? null : momentOf(recorded);
  if (recorded !== null && (moment === null || moment.slice(0, 10) > today)) return state;
  return moment === state.recorded ? state : { ...state, recorded: moment };
}
