export type Change<State> = (state: State) => State;
export type Listener<State> = (state: State, previous: State) => void;

/** Holds the one state and tells its listeners, in the order they came, when it has changed. */
export class Store<State> {
  #state: State;
  readonly #listeners = new Set<Listener<State>>();

  constructor(state: State) {
    this.#state = state;
  }

  get state(): State {
    return this.#state;
  }

  change(change: Change<State>): void {
    const previous = this.#state;
    this.#state = change(previous);
    if (this.#state === previous) return;
    for (const listener of this.#listeners) listener(this.#state, previous);
  }

  /** Returns the function that ends the subscription. */
  subscribe(listener: Listener<State>): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
