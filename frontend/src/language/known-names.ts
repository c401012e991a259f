/** Names of what the map holds in the language of the page, for what the server tells with one name. */
import { type CollectionId, codeProperty } from '../collections';
import { nameOf } from '../feature';
import type { Feed } from '../feeds';

interface Named {
  readonly collection: CollectionId;
  readonly id: string;
  readonly name: string;
}

export class KnownNames {
  readonly #names = new Map<string, string>();

  /** What has been on the map once is still known when it is gone. */
  setFeed(collection: CollectionId, feed: Feed): void {
    if (feed.phase !== 'ready' || codeProperty(collection) !== 'status') return;
    for (const feature of feed.answer.features) this.#names.set(`${collection}/${feature.id}`, nameOf(feature));
  }

  /** The same under the name it has in the language of the page, where that is known. */
  named = <T extends Named>(it: T): T => ({ ...it, name: this.#names.get(`${it.collection}/${it.id}`) ?? it.name });
}
