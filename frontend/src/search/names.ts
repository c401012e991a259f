/** The names that can be found: asked for once a visit for each record, and again when they have changed or did not come. */
import { fetchWhenever } from '../api';
import { type CollectionId, collectionIds } from '../collections';
import type { Feature } from '../feature';
import { type Entry, entriesOf, nameProperties } from './entries';

export class Names {
  /** Null while none have come. */
  entries: readonly Entry[] | null = null;
  /** Why they did not come. */
  error: unknown = null;
  #recorded: string | null = null;
  #answers: ReadonlyMap<CollectionId, readonly Feature[]> = new Map();
  /** The collections whose names are not known, or no longer. */
  #stale = new Set<CollectionId>(collectionIds);
  #loading = false;

  constructor(readonly onLoad: () => void) {}

  get stale(): boolean {
    return this.#stale.size > 0;
  }

  /** What the reader has to find among is that of the record they look at. */
  setRecorded(recorded: string | null): void {
    if (recorded === this.#recorded) return;
    this.#recorded = recorded;
    this.entries = null;
    this.#answers = new Map();
    this.forget(collectionIds);
  }

  forget(ids: readonly CollectionId[]): void {
    for (const id of ids) this.#stale.add(id);
  }

  /** Names that are known stay until the new ones are there. */
  async load(): Promise<void> {
    if (this.#loading || !this.stale) return;
    this.#loading = true;
    this.error = null;
    const recorded = this.#recorded;
    const asked = [...this.#stale];
    this.#stale.clear();
    const { signal } = new AbortController();
    const ask = async (id: CollectionId): Promise<[CollectionId, readonly Feature[]]> => {
      const { features } = await fetchWhenever(id, nameProperties[id], recorded, signal);
      return [id, features];
    };
    try {
      const answers = await Promise.all(asked.map(ask));
      if (recorded === this.#recorded) {
        this.#answers = new Map([...this.#answers, ...answers]);
        this.entries = entriesOf(this.#answers);
      }
      this.#end([]);
    } catch (error) {
      if (recorded === this.#recorded && this.entries === null) this.error = error;
      this.#end(asked);
    }
  }

  /** What has changed meanwhile is asked for at once; what failed waits until it is looked for again. */
  #end(failed: readonly CollectionId[]): void {
    const changed = this.stale;
    this.forget(failed);
    this.#loading = false;
    this.onLoad();
    if (changed) void this.load();
  }
}
