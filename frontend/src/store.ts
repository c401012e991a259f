import type { State } from './state';

export type Change = (state: State) => State;
export type Listener = (state: State, previous: State) => void;

/** Holds the one state and tells its listeners, in the order they came, when it has changed. */
export class Store {
  #state: State;
  readonly #listeners = new Set<Listener>();

  constructor(state: State) {
    this.#state = state;
  }

  get state(): State {
    return this.#state;
  }

  change(change: Change): void {
    const previous = this.#state;
    this.#state = change(previous);
    if (this.#state === previous) return;
    for (const listener of this.#listeners) listener(this.#state, previous);
  }

  /** Returns the function that ends the subscription. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
