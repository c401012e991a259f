/** Where details stand: a panel beside the map, over its edge where there is less room, a sheet from below on a phone. */
import { button, element, renew } from '../dom';
import { t } from '../texts';
import { Handle } from './handle';

/** Narrower, the panels lie over the map, and lower, they leave too little of it; the style sheet says the same. */
const [narrowWidth, lowHeight] = [700, 500];

/** Whether the map has room for the panel beside it. */
export const hasRoom = () => innerWidth >= narrowWidth && innerHeight >= lowHeight;

/** What details show. */
export interface Content {
  /** The item they are of, as collection/id; null for what is none. */
  readonly of: string | null;
  readonly parts: readonly HTMLElement[];
}

export class Frame {
  readonly node: HTMLElement;
  readonly #body = element('div', { class: 'sheet-body', tabindex: 0, role: 'group', 'aria-label': t('item.facts') });
  readonly #article = element('article', { class: 'details' });
  readonly #handle: Handle;

  constructor(
    readonly host: HTMLElement,
    onClose: () => void,
  ) {
    const closer = button({ class: 'sheet-close', 'aria-label': t('item.close') }, onClose, '×');
    this.node = element('section', { class: 'sheet', 'aria-label': t('detail.title') });
    // The height is the reader's choice and stays for what is opened next.
    this.#handle = new Handle(this.node, height => {
      chosenHeight = height;
    });
    this.#body.append(this.#article);
    this.node.append(this.#handle.node, closer, this.#body);
    this.#handle.set(chosenHeight);
  }

  show({ of, parts }: Content): void {
    const { scrollTop } = this.#body;
    const again = this.node.isConnected;
    if (of === null) delete this.#article.dataset.item;
    else this.#article.dataset.item = of;
    renew(this.#article, parts);
    if (again) this.#body.scrollTop = scrollTop;
    else this.host.append(this.node);
  }

  /** What is read first. */
  get first(): HTMLElement {
    return this.#article.querySelector<HTMLElement>('h2, .message') ?? this.#body;
  }

  /** What was marked to be found again in other content. */
  marked(keep: string): HTMLElement | null {
    return this.#article.querySelector<HTMLElement>(`[data-keep="${keep}"]`);
  }

  close(): void {
    this.node.remove();
  }
}

let chosenHeight: 'peek' | 'half' | 'full' = 'half';
