/** Puts the parts of the live page together. */
import { type CollectionId, collectionIds } from '../collections';
import type { Comparison } from '../compare/comparison';
import type { Details } from '../details/details';
import type { Feeds } from '../feeds';
import { followVersions } from '../fetching';
import type { Layers } from '../layers/layers';
import type { SearchBox } from '../search/box';
import type { Tools } from '../share/tools';
import type { State } from '../state';
import type { Store } from '../store';
import type { InViewFeed } from '../time/in-view';
import { CatchUp } from './catch-up';
import { type Follow, Live } from './live';
import { LiveNote } from './note';

/** What shows data and is told when they have changed; an embedded map has but the map and its details. */
export interface LiveParts {
  readonly feeds: Feeds;
  readonly details: Details;
  readonly layers: Layers;
  readonly inView?: InViewFeed;
  readonly comparison?: Comparison;
  readonly search?: SearchBox;
  readonly tools?: Tools;
}

export function startLive(
  host: HTMLElement,
  store: Store<State>,
  { feeds, inView, comparison, details, layers, search, tools }: LiveParts,
  offline: Promise<{ readonly offline: boolean }>,
  follow: Follow = followVersions,
): Live {
  let bar: { readonly offline: boolean } | null = null;
  /** What tells of changes names features as the map does, so the map is asked first. */
  const renew = async (ids: readonly CollectionId[]): Promise<void> => {
    await feeds.refresh(store.state, ids);
    details.redraw(layers.featuresOf);
    comparison?.refresh();
    await inView?.refresh(store.state);
  };
  const catchUp = new CatchUp(
    () => bar?.offline === true || feeds.failing || inView?.failing === true,
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
      tools?.refresh();
      if (first) return;
      search?.refresh(ids);
      if (concerns(state, ids)) details.refresh(state);
      if (ids.some(id => state.layers.includes(id))) note.say(new Date());
    },
    () => void joined(),
    follow,
  );
}

/** Details tell of their item, and of the incidents around it. */
function concerns({ item }: State, ids: readonly CollectionId[]): boolean {
  return item !== null && (ids.includes(item.collection) || ids.includes('incidents'));
}
