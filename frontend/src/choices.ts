/** What a reader can choose, each a change of the state. */
import type { CollectionId } from './collections';
import type { Day } from './dates';
import type { ItemKey } from './feature';
import type { Facet } from './filters/filter';
import type { LanguageCode } from './language/languages';
import type { Period } from './period';
import {
  type State,
  withCompare,
  withDate,
  withFilter,
  withItem,
  withLanguage,
  withLayer,
  withList,
  withOnline,
  withoutFilters,
  withPeriod,
  withRecorded,
  withSwappedDates,
  withYears,
} from './state';
import type { Store } from './store';
import type { Zoom } from './time/span';

export type Choices = ReturnType<typeof choicesOf>;

export function choicesOf(store: Store<State>, today: Day) {
  return {
    select: (item: ItemKey | null) => store.change(state => withItem(state, item)),
    setDate: (date: string) => store.change(state => withDate(state, date, today)),
    setPeriod: (period: Period | null) => store.change(state => withPeriod(state, period)),
    setYears: (years: Zoom) => store.change(state => withYears(state, years)),
    setCompare: (date: string | null) => store.change(state => withCompare(state, date, today)),
    swapDates: () => store.change(withSwappedDates),
    setRecorded: (moment: string | null) => store.change(state => withRecorded(state, moment, today)),
    toggle: (collection: CollectionId, shown: boolean) => store.change(state => withLayer(state, collection, shown)),
    toggleFilter: (facet: Facet, code: string) => store.change(state => withFilter(state, facet, code)),
    clearFilters: () => store.change(withoutFilters),
    setOnline: (on: boolean) => store.change(state => withOnline(state, on)),
    setList: (open: boolean) => store.change(state => withList(state, open)),
    setLanguage: (code: LanguageCode) => store.change(state => withLanguage(state, code)),
  };
}
