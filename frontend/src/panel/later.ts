import { element } from '../dom';
import { sayError } from '../say-error';
import type { State } from '../state';
import { t } from '../texts';

export interface Part {
  readonly node: HTMLElement;
  update(state: State): void;
}

/** A disclosure of the panel whose content is loaded when it is first opened. */
export class Later {
  readonly node: HTMLDetailsElement;
  readonly #room = element('div', {});
  #part: Part | null = null;
  #state: State | null = null;

  constructor(
    name: string,
    title: string,
    readonly load: () => Promise<Part>,
  ) {
    const summary = element('summary', {}, title);
    this.node = element('details', { class: `reading ${name}` }, summary, this.#room);
    this.node.addEventListener('toggle', () => void this.#open());
  }

  update(state: State): void {
    this.#state = state;
    if (this.node.open) this.#part?.update(state);
  }

  async #open(): Promise<void> {
    if (!this.node.open) return;
    try {
      this.#part ??= await this.load();
      this.#room.replaceChildren(this.#part.node);
      if (this.#state !== null) this.#part.update(this.#state);
    } catch (error) {
      this.#room.replaceChildren(element('p', { role: 'alert' }, t('load.failed', { reason: sayError(error) })));
    }
  }
}
