/** Takes steps one after the other. What is pressed again before it is done happens once. */
export class InTurn {
  readonly #pending = new Map<string, Promise<void>>();

  /** Resolves when the step is done, of which the name says all that it does and to what. A step keeps its errors to itself. */
  take(name: string, step: () => Promise<void>): Promise<void> {
    const pressed = this.#pending.get(name);
    if (pressed) return pressed;
    const last = [...this.#pending.values()].at(-1);
    const taken = (last ? last.then(step) : step()).finally(() => this.#pending.delete(name));
    this.#pending.set(name, taken);
    return taken;
  }
}
