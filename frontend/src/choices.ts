/** What a reader can choose, each a change of the state. */
import type { CollectionId } from './collections';
import type { Day } from './dates';
import type { ItemKey } from './feature';
import type { Facet } from './filters/filter';
import type { LanguageCode } from './language/languages';
import type { Order } from './list/order';
import type { Period } from './period';
import {
  type State,
  withCharts,
  withChosen,
  withCompare,
  withDate,
  withFilter,
  withItem,
  withLayer,
  withoutFilters,
  withPeriod,
  withRecorded,
  withSwappedDates,
} from './state';
import type { Store } from './store';
import type { Pace, Stride } from './time/player';
import type { Zoom } from './time/span';

export type Choices = ReturnType<typeof choicesOf>;

export function choicesOf(store: Store<State>, today: Day) {
  return {
    select: (item: ItemKey | null) => store.change(state => withItem(state, item)),
    setDate: (date: string) => store.change(state => withDate(state, date, today)),
    setPeriod: (period: Period | null) => store.change(state => withPeriod(state, period)),
    setYears: (years: Zoom) => store.change(state => withChosen(state, 'years', years)),
    setStride: (stride: Stride) => store.change(state => withChosen(state, 'stride', stride)),
    setPace: (pace: Pace) => store.change(state => withChosen(state, 'pace', pace)),
    setCompare: (date: string | null) => store.change(state => withCompare(state, date, today)),
    swapDates: () => store.change(withSwappedDates),
    setRecorded: (moment: string | null) => store.change(state => withRecorded(state, moment, today)),
    toggle: (collection: CollectionId, shown: boolean) => store.change(state => withLayer(state, collection, shown)),
    toggleFilter: (facet: Facet, code: string) => store.change(state => withFilter(state, facet, code)),
    clearFilters: () => store.change(withoutFilters),
    setOnline: (on: boolean) => store.change(state => withChosen(state, 'online', on)),
    setList: (open: boolean) => store.change(state => withChosen(state, 'list', open)),
    setOrder: (order: Order) => store.change(state => withChosen(state, 'order', order)),
    setNear: (metres: number) => store.change(state => withChosen(state, 'near', metres)),
    setCharts: (span: Period | null) => store.change(state => withCharts(state, span)),
    setLanguage: (code: LanguageCode) => store.change(state => withChosen(state, 'lang', code)),
  };
}
