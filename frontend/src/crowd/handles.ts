import * as L from 'leaflet';
import { button } from '../dom';

export interface Handle {
  readonly at: L.Point; // in layer points
  readonly reach: number;
  /** The heavier comes first, and has a button where there are too many. */
  readonly weight: number;
  /** Only those that have a button are asked. */
  readonly say: () => string;
  readonly open: () => void;
  readonly point: () => void;
}

/** Enough for what can be told apart in sight; the rest opens further in. */
const most = 120;

/**
 * What is drawn on a canvas cannot have the keyboard's focus: an unseen button stands on each mark, the largest first.
 * They let the pointer through, which the layer itself follows.
 */
export class Handles {
  readonly #box: HTMLElement;
  /** The keyboard stood on a mark that is gone or hidden, and nowhere else since. */
  #homeless = false;

  constructor(
    pane: HTMLElement,
    readonly leave: () => void,
  ) {
    this.#box = L.DomUtil.create('div', 'crowd-handles leaflet-zoom-hide', pane);
  }

  /**
   * What had the focus is another mark now: the nearest takes it, after a zoom the one nearest to the middle. While the
   * map zooms all are hidden and none can take it: the keyboard stays homeless until it is shown where it stands.
   */
  show(handles: readonly Handle[], middle: L.Point): void {
    const largest = [...handles].sort((a, b) => b.weight - a.weight).slice(0, most);
    const lost = this.#focusedAt() ?? (this.#homeless && document.activeElement === document.body ? middle : null);
    const nodes = largest.map(handle => ({ handle, node: this.#node(handle) }));
    this.#box.replaceChildren(...nodes.map(({ node }) => node));
    if (!lost) {
      this.#homeless = false;
      return;
    }
    const nearest = nodes.sort((a, b) => a.handle.at.distanceTo(lost) - b.handle.at.distanceTo(lost))[0];
    nearest?.node.focus({ preventScroll: true });
    this.#homeless = document.activeElement !== nearest?.node;
  }

  remove(): void {
    this.#box.remove();
  }

  #node({ at, reach, say, open, point }: Handle): HTMLButtonElement {
    const node = button({ class: 'crowd-handle', 'aria-label': say() }, open);
    node.style.inlineSize = node.style.blockSize = `${2 * reach}px`;
    L.DomUtil.setPosition(node, at.subtract([reach, reach]).round());
    node.addEventListener('focus', point);
    node.addEventListener('blur', () => {
      // What is hidden was not left: the browser has taken the focus off it.
      if (getComputedStyle(this.#box).visibility === 'hidden') this.#homeless = true;
      this.leave();
    });
    return node;
  }

  #focusedAt(): L.Point | null {
    const active = document.activeElement;
    if (!(active instanceof HTMLElement) || !this.#box.contains(active)) return null;
    return L.DomUtil.getPosition(active).add([active.offsetWidth / 2, active.offsetHeight / 2]);
  }
}
