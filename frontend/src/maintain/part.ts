/** A part of the page that is made anew only when what it shows is another: what has the focus keeps it. */
export class Part<T extends readonly unknown[]> {
  #shown: T | null = null;

  constructor(
    readonly node: HTMLElement,
    readonly make: (...shown: T) => readonly (Node | string)[],
  ) {}

  show(...shown: T): void {
    if (this.#shown?.every((one, index) => one === shown[index])) return;
    this.#shown = shown;
    const children = this.make(...shown);
    this.node.hidden = children.length === 0;
    this.node.replaceChildren(...children);
  }
}
