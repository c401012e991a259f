import * as L from 'leaflet';
import { button } from '../dom';

export interface Handle {
  /** Names what it stands on: the same key is the same mark, wherever it stands by now. */
  readonly key: string;
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

interface Standing {
  handle: Handle;
  readonly node: HTMLButtonElement;
}

/**
 * What is drawn on a canvas cannot have the keyboard's focus: an unseen button stands on each mark, the largest first.
 * They let the pointer through, which the layer itself follows. A mark that is drawn again keeps its button, so that
 * who stands on it, or is about to press it, is not moved.
 */
export class Handles {
  readonly #box: HTMLElement;
  #standing: ReadonlyMap<string, Standing> = new Map();
  /** The keyboard stood on a mark that is gone or hidden, and nowhere else since. */
  #homeless = false;

  constructor(
    pane: HTMLElement,
    readonly leave: () => void,
    /** Brings what stands at a layer point out from under what lies over the map. */
    readonly reveal: (at: L.Point) => void,
  ) {
    this.#box = L.DomUtil.create('div', 'crowd-handles leaflet-zoom-hide', pane);
  }

  /**
   * Where what had the focus is gone, the nearest takes it, after a zoom the one nearest to the middle. While the
   * map zooms all are hidden and none can take it: the keyboard stays homeless until it is shown where it stands.
   */
  show(handles: readonly Handle[], middle: L.Point): void {
    const largest = [...handles].sort((a, b) => b.weight - a.weight).slice(0, most);
    const stood = [...this.#standing.values()].find(({ node }) => node === document.activeElement);
    const lost = stood?.handle.at ?? (this.#homeless && document.activeElement === document.body ? middle : null);
    const before = this.#standing;
    this.#standing = new Map(largest.map(handle => [handle.key, this.#put(handle, before.get(handle.key))]));
    this.#arrange([...this.#standing.values()].map(({ node }) => node));
    if (!lost) {
      this.#homeless = false;
      return;
    }
    const home = this.#standing.get(stood?.handle.key ?? '')?.node ?? this.#nearest(lost);
    if (home !== document.activeElement) home?.focus({ preventScroll: true });
    this.#homeless = document.activeElement !== home;
  }

  remove(): void {
    this.#box.remove();
  }

  #put(handle: Handle, before: Standing | undefined): Standing {
    const standing = before ?? this.#make(handle);
    standing.handle = handle;
    const { node } = standing;
    const { at, reach } = handle;
    node.setAttribute('aria-label', handle.say());
    node.style.inlineSize = node.style.blockSize = `${2 * reach}px`;
    L.DomUtil.setPosition(node, at.subtract([reach, reach]).round());
    return standing;
  }

  #make(first: Handle): Standing {
    const node = button({ class: 'crowd-handle' }, () => standing.handle.open());
    const standing: Standing = { handle: first, node };
    node.addEventListener('focus', () => {
      // Under a finger or a mouse it stays where it was pressed.
      if (node.matches(':focus-visible')) this.reveal(standing.handle.at);
      standing.handle.point();
    });
    node.addEventListener('blur', () => {
      // What is hidden was not left: the browser has taken the focus off it.
      if (getComputedStyle(this.#box).visibility === 'hidden') this.#homeless = true;
      this.leave();
    });
    return standing;
  }

  /** Moves as few as it can: one that is moved loses the focus. */
  #arrange(nodes: readonly HTMLElement[]): void {
    const kept = new Set<Element>(nodes);
    for (const node of [...this.#box.children]) if (!kept.has(node)) node.remove();
    let next = this.#box.firstElementChild;
    for (const node of nodes) {
      if (node === next) next = next.nextElementSibling;
      else this.#box.insertBefore(node, next);
    }
  }

  #nearest(to: L.Point): HTMLButtonElement | undefined {
    return [...this.#standing.values()].sort((a, b) => a.handle.at.distanceTo(to) - b.handle.at.distanceTo(to))[0]
      ?.node;
  }
}
