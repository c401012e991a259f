/**
 * Keeps an open page true: hears which collections have changed and has them asked for again. A page nobody looks at
 * hears nothing, and catches up when it is looked at again.
 */

import { type CollectionId, isCollectionId } from '../collections';
import { followVersions, type Versions } from '../fetching';

export type Follow = typeof followVersions;

/** Several changes at once, as an import makes them, are one. */
const gatherMilliseconds = 250;
const firstPause = 1000;
const longestPause = 60_000;

export class Live {
  #known: Versions | null = null;
  #stop: (() => void) | null = null;
  #pause = firstPause;
  #again: ReturnType<typeof setTimeout> | undefined;
  #gathering: ReturnType<typeof setTimeout> | undefined;
  readonly #changed = new Set<CollectionId>();

  constructor(
    /** Called with the collections that have changed; the first time with all there are, which may have changed meanwhile. */
    readonly changed: (ids: readonly CollectionId[], first: boolean) => void,
    /** Called whenever the server answers anew. */
    readonly joined: () => void = () => {},
    readonly follow: Follow = followVersions,
  ) {
    document.addEventListener('visibilitychange', this.#look);
    addEventListener('online', this.#soon);
    this.#look();
  }

  remove(): void {
    document.removeEventListener('visibilitychange', this.#look);
    removeEventListener('online', this.#soon);
    clearTimeout(this.#gathering);
    this.#leave();
  }

  readonly #look = (): void => {
    if (document.visibilityState === 'hidden') this.#leave();
    else this.#join();
  };

  readonly #soon = (): void => {
    this.#pause = firstPause;
    this.#leave();
    this.#look();
  };

  #join(): void {
    clearTimeout(this.#again);
    if (this.#stop !== null) return;
    let heard = false;
    this.#stop = this.follow(
      versions => {
        if (!heard) this.joined();
        heard = true;
        this.#hear(versions);
      },
      () => this.#lost(),
    );
  }

  #leave(): void {
    clearTimeout(this.#again);
    this.#stop?.();
    this.#stop = null;
  }

  /** Pages that lost one server must not all come back at one moment. */
  #lost(): void {
    this.#stop = null;
    if (document.visibilityState === 'hidden') return;
    this.#again = setTimeout(() => this.#join(), this.#pause * (0.75 + Math.random() / 2));
    this.#pause = Math.min(2 * this.#pause, longestPause);
  }

  #hear(versions: Versions): void {
    this.#pause = firstPause;
    const first = this.#known === null;
    const news = Object.keys(versions).filter(id => versions[id] !== this.#known?.[id]);
    this.#known = { ...this.#known, ...versions };
    for (const id of news) if (isCollectionId(id)) this.#changed.add(id);
    if (this.#changed.size === 0) return;
    clearTimeout(this.#gathering);
    this.#gathering = setTimeout(() => this.#tell(first), gatherMilliseconds);
  }

  #tell(first: boolean): void {
    const ids = [...this.#changed];
    this.#changed.clear();
    this.changed(ids, first);
  }
}
