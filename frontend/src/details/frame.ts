/** Where details stand: a panel beside the map, over its edge where there is less room, a sheet from below on a phone. */
import { button, element } from '../dom';
import { t } from '../texts';
import { Handle } from './handle';

/** Narrower, the panels lie over the map, and lower, they leave too little of it; the style sheet says the same. */
const [narrowWidth, lowHeight] = [700, 500];

/** Whether the map has room for the panel beside it. */
export const hasRoom = () => innerWidth >= narrowWidth && innerHeight >= lowHeight;

export class Frame {
  readonly node: HTMLElement;
  readonly #body = element('div', { class: 'sheet-body', tabindex: 0, role: 'group', 'aria-label': t('item.facts') });
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
    this.node.append(this.#handle.node, closer, this.#body);
    this.#handle.set(chosenHeight);
  }

  show(content: HTMLElement): void {
    const { scrollTop } = this.#body;
    const again = this.node.isConnected;
    this.#body.replaceChildren(content);
    if (again) this.#body.scrollTop = scrollTop;
    else this.host.append(this.node);
  }

  close(): void {
    this.node.remove();
  }
}

let chosenHeight: 'peek' | 'half' | 'full' = 'half';
