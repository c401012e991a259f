/** Opens and closes the comparison of two dates; what draws it is loaded when it is first asked for. */
import type { CollectionId } from '../collections';
import type { Feed } from '../feeds';
import type { State } from '../state';
import type { CompareActions, ComparePane } from './pane';

export class Comparison {
  readonly #feeds = new Map<CollectionId, Feed>();
  #pane: ComparePane | null = null;
  #state: State | null = null;
  #loading = false;

  constructor(readonly actions: CompareActions) {}

  update(state: State): void {
    this.#state = state;
    if (state.compare === null) this.#close();
    else if (this.#pane !== null) this.#pane.update(state);
    else void this.#open();
  }

  setFeed(collection: CollectionId, feed: Feed): void {
    this.#feeds.set(collection, feed);
    this.#pane?.setFeed(collection, feed);
  }

  /** What is compared has changed. */
  refresh(): void {
    this.#pane?.refresh();
  }

  async #open(): Promise<void> {
    if (this.#loading) return;
    this.#loading = true;
    try {
      const { ComparePane } = await import('./pane');
      if (this.#state === null || this.#state.compare === null) return; // closed meanwhile
      this.#pane = new ComparePane(this.actions);
      for (const [id, feed] of this.#feeds) this.#pane.setFeed(id, feed);
      this.#pane.update(this.#state);
    } catch (error) {
      this.actions.failed(error);
    } finally {
      this.#loading = false;
    }
  }

  #close(): void {
    this.#pane?.remove();
    this.#pane = null;
    this.actions.show(null, null);
  }
}
