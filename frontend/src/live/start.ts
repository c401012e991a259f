/** Puts the parts of the live page together. */
import { type CollectionId, collectionIds } from '../collections';
import type { Comparison } from '../compare/comparison';
import type { Details } from '../details/details';
import type { Feeds } from '../feeds';
import type { SearchBox } from '../search/box';
import type { State } from '../state';
import type { Store } from '../store';
import type { InViewFeed } from '../time/in-view';
import { CatchUp } from './catch-up';
import { Live } from './live';
import { LiveNote } from './note';

/** What shows data and is told when they have changed. */
export interface LiveParts {
  readonly feeds: Feeds;
  readonly inView: InViewFeed;
  readonly comparison: Comparison;
  readonly details: Details;
  readonly search: SearchBox;
}

export function startLive(
  host: HTMLElement,
  store: Store<State>,
  { feeds, inView, comparison, details, search }: LiveParts,
  offline: Promise<{ readonly offline: boolean }>,
): Live {
  let bar: { readonly offline: boolean } | null = null;
  /** What tells of changes names features as the map does, so the map is asked first. */
  const renew = async (ids: readonly CollectionId[]): Promise<void> => {
    await feeds.refresh(store.state, ids);
    comparison.refresh();
    await inView.refresh(store.state);
  };
  const catchUp = new CatchUp(
    () => bar?.offline === true || feeds.failing || inView.failing,
    () => renew(collectionIds),
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
      void renew(first ? ids.filter(id => feeds.answered(id)) : ids);
      if (first) return;
      search.refresh(ids);
      if (concerns(state, ids)) details.refresh(state);
      if (ids.some(id => state.layers.includes(id))) note.say(new Date());
    },
    () => void joined(),
  );
}

/** Details tell of their item, and of the incidents around it. */
function concerns({ item }: State, ids: readonly CollectionId[]): boolean {
  return item !== null && (ids.includes(item.collection) || ids.includes('incidents'));
}
