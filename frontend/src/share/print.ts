import { element } from '../dom';

/** Prints a picture on a page of its own; the rest of the page is left out by the style sheet for print. */
export function print(canvas: HTMLCanvasElement): void {
  document.querySelector('.print-sheet')?.remove();
  const sheet = element('div', { class: 'print-sheet', 'aria-hidden': 'true' }, canvas);
  document.body.append(sheet);
  document.documentElement.dataset.printing = 'picture';
  addEventListener(
    'afterprint',
    () => {
      sheet.remove();
      delete document.documentElement.dataset.printing;
    },
    { once: true },
  );
  window.print();
}
