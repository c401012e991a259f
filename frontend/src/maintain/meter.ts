import { element, setText } from '../dom';
import { isBusy } from './imports';
import type { State } from './state';

/** How far an upload or a step has come: a bar, and a line that is read out. */
export class Meter {
  readonly node: HTMLElement;
  readonly #bar = element('progress', { max: 1, 'aria-labelledby': 'standing', hidden: true });
  readonly #line = element('p', { id: 'standing', role: 'status' });

  constructor() {
    this.node = element('div', { class: 'meter' }, this.#line, this.#bar);
  }

  show(state: State, text: string): void {
    setText(this.#line, text);
    const part = partOf(state);
    this.#bar.hidden = part === null;
    if (part === undefined) this.#bar.removeAttribute('value');
    else if (part !== null) this.#bar.value = part;
  }
}

/** The part that is done, undefined where nobody knows, null where nothing is being done. */
export function partOf({ upload, open }: State): number | null | undefined {
  if (upload !== null) return upload;
  if (!open || !isBusy(open)) return null;
  const { done = 0, total } = open.progress ?? {};
  return total ? Math.min(1, done / total) : undefined;
}
