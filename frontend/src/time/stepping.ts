import { addMonths, type Day } from '../dates';
import type { State } from '../state';
import type { PlayerActions } from './player';
import type { Timebar } from './timebar';

/** How playing moves the date: by the stride chosen, and at the end back to the first of the years shown. */
export function stepping(
  timebar: Pick<Timebar, 'firstDay' | 'nextChange'>,
  store: { readonly state: Pick<State, 'date' | 'stride'> },
  setDate: (date: Day) => void,
): Pick<PlayerActions, 'step' | 'rewind'> {
  const goTo = (day: Day): boolean => {
    const before = store.state.date;
    setDate(day);
    return store.state.date !== before;
  };
  return {
    step: () => {
      const { date, stride } = store.state;
      return goTo(stride === 'month' ? addMonths(date, 1) : (timebar.nextChange() ?? date));
    },
    rewind: () => {
      const first = store.state.stride === 'month' ? timebar.firstDay : timebar.nextChange(timebar.firstDay);
      return first !== null && first < store.state.date && goTo(first);
    },
  };
}
