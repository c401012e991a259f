/** Keeps the address bar and the state in step, both ways. */
import { readAddress, writeAddress } from './address';
import type { Day } from './dates';
import type { State } from './state';
import type { Store } from './store';

/** A drag or a play is many changes and one step back. */
const burstMilliseconds = 1500;

/** All of the state but the view, each a step of its own in the history: a compiler's matter, so that none is forgotten. */
const steps: Readonly<Record<Exclude<keyof State, 'view'>, true>> = {
  date: true,
  period: true,
  years: true,
  stride: true,
  pace: true,
  layers: true,
  filters: true,
  online: true,
  item: true,
  list: true,
  order: true,
  near: true,
  charts: true,
  compare: true,
  recorded: true,
  lang: true,
};
const aspects = Object.keys(steps) as (keyof typeof steps)[];

/** onRead is told of every address that is read, the first one too. */
export function followAddress(
  store: Store<State>,
  today: Day,
  onRead: (hash: string, today: Day) => void = () => {},
  clock: () => number = Date.now,
): () => void {
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
    onRead(location.hash, today);
    store.change(() => readAddress(location.hash, today));
  };

  onRead(location.hash, today);
  history.replaceState(null, '', writeAddress(store.state));
  const stop = store.subscribe(write);
  addEventListener('popstate', read);
  return () => {
    stop();
    removeEventListener('popstate', read);
  };
}
