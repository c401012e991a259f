/** Keeps the address bar and the state in step, both ways. */
import { readAddress, writeAddress } from './address';
import type { Day } from './dates';
import type { State } from './state';
import type { Store } from './store';

/** A drag or a play is many changes and one step back. */
const burstMilliseconds = 1500;

type Aspect = 'date' | 'period' | 'layers' | 'item' | 'list' | 'compare' | 'recorded' | 'lang';
const aspects: readonly Aspect[] = ['date', 'period', 'layers', 'item', 'list', 'compare', 'recorded', 'lang'];

export function followAddress(store: Store<State>, today: Day, clock: () => number = Date.now): () => void {
  let burst: { readonly aspects: string; readonly at: number } | null = null;

  const write = (state: State, previous: State): void => {
    const address = writeAddress(state);
    if (address === location.hash) return;
    const changed = aspects.filter(aspect => state[aspect] !== previous[aspect]).join();
    const at = clock();
    const same = burst !== null && burst.aspects === changed && at - burst.at < burstMilliseconds;
    // Moving the map is no step of its own either.
    if (changed === '' || same) history.replaceState(null, '', address);
    else history.pushState(null, '', address);
    if (changed !== '') burst = { aspects: changed, at };
  };

  // Back, forward, and an address typed by hand.
  const read = (): void => {
    burst = null;
    store.change(() => readAddress(location.hash, today));
  };

  history.replaceState(null, '', writeAddress(store.state));
  const stop = store.subscribe(write);
  addEventListener('popstate', read);
  return () => {
    stop();
    removeEventListener('popstate', read);
  };
}
