/** Puts the parts of the live page together. */
import { type CollectionId, collectionIds } from '../collections';
import type { Details } from '../details/details';
import type { Feeds } from '../feeds';
import type { State } from '../state';
import type { Store } from '../store';
import { CatchUp } from './catch-up';
import { Live } from './live';
import { LiveNote } from './note';

export function startLive(
  host: HTMLElement,
  store: Store<State>,
  feeds: Feeds,
  details: Details,
  offline: Promise<{ readonly offline: boolean }>,
): Live {
  let bar: { readonly offline: boolean } | null = null;
  const catchUp = new CatchUp(
    () => bar?.offline === true || feeds.failing,
    () => feeds.refresh(store.state, collectionIds),
  );
  const joined = async (): Promise<void> => {
    bar ??= await offline;
    await catchUp.start();
  };
  const note = new LiveNote();
  host.append(note.node);
  return new Live(
    (ids, first) => {
      const { state } = store;
      void feeds.refresh(state, first ? ids.filter(id => feeds.answered(id)) : ids);
      if (first) return;
      if (concerns(state, ids)) details.refresh(state);
      if (ids.some(id => state.layers.includes(id))) note.say(new Date());
    },
    () => void joined(),
  );
}

function concerns({ item }: State, ids: readonly CollectionId[]): boolean {
  return item !== null && ids.includes(item.collection);
}
