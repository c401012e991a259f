import { button, element } from '../dom';
import { t } from '../texts';
import { type Height, heights, neighbour, nextHeight, restingHeight } from './heights';

const names = { peek: 'detail.height.peek', half: 'detail.height.half', full: 'detail.height.full' } as const;

/** A press that moves less than this is no drag. */
const slack = 5;

interface Drag {
  readonly y: number;
  readonly height: number;
  last: { y: number; at: number };
  speed: number;
  moved: boolean;
}

/** What the sheet is sized by on a phone: drag it, press it, or use the arrow keys on it. */
export class Handle {
  readonly node: HTMLButtonElement;
  #drag: Drag | null = null;
  #dragged = false;

  constructor(
    readonly sheet: HTMLElement,
    readonly onChange: (height: Height) => void,
  ) {
    this.node = button({ class: 'sheet-handle' }, () => this.#press(), element('span', { class: 'sheet-grip' }));
    this.node.addEventListener('pointerdown', event => this.#begin(event));
    this.node.addEventListener('pointermove', event => this.#move(event));
    this.node.addEventListener('pointerup', () => this.#end());
    this.node.addEventListener('pointercancel', () => this.#end());
    this.node.addEventListener('keydown', event => this.#key(event));
  }

  get height(): Height {
    return (this.sheet.dataset.height as Height | undefined) ?? 'half';
  }

  set(height: Height): void {
    this.sheet.dataset.height = height;
    this.node.setAttribute('aria-label', t('detail.height', { height: t(names[height]) }));
  }

  #change(height: Height): void {
    if (height === this.height) return;
    this.set(height);
    this.onChange(height);
  }

  #press(): void {
    // The click that ends a drag is none.
    if (!this.#dragged) this.#change(nextHeight(this.height));
    this.#dragged = false;
  }

  #key(event: KeyboardEvent): void {
    const heightFor: Partial<Record<string, Height>> = {
      ArrowUp: neighbour(this.height, 1),
      ArrowDown: neighbour(this.height, -1),
      Home: heights[0],
      End: heights[2],
    };
    const height = heightFor[event.key];
    if (!height) return;
    event.preventDefault();
    this.#change(height);
  }

  #begin(event: PointerEvent): void {
    this.#dragged = false;
    this.node.setPointerCapture(event.pointerId);
    const last = { y: event.clientY, at: event.timeStamp };
    this.#drag = { y: event.clientY, height: this.sheet.offsetHeight, last, speed: 0, moved: false };
  }

  #move({ clientY, timeStamp }: PointerEvent): void {
    const drag = this.#drag;
    if (!drag) return;
    const passed = timeStamp - drag.last.at;
    if (passed > 0) drag.speed = (drag.last.y - clientY) / passed;
    drag.last = { y: clientY, at: timeStamp };
    drag.moved ||= Math.abs(clientY - drag.y) > slack;
    if (!drag.moved) return;
    this.sheet.classList.add('dragged');
    this.sheet.style.blockSize = `${Math.max(0, drag.height + drag.y - clientY)}px`;
  }

  #end(): void {
    const drag = this.#drag;
    this.#drag = null;
    if (!drag?.moved) return;
    this.#dragged = true;
    const share = this.sheet.offsetHeight / (this.sheet.parentElement?.clientHeight ?? 1);
    this.sheet.classList.remove('dragged');
    this.sheet.style.blockSize = '';
    this.#change(restingHeight(share, drag.speed, this.height));
  }
}
