/**
 * What the browser's own print makes of the page: the map as it stands, with title, date, legend, scale and credits, and
 * no controls. Nothing can be waited for once printing has begun, so the map is not drawn anew but made to fit.
 */
import { element } from '../dom';
import type { State } from '../state';
import { captionsOf } from './captions';

/** Pixels of CSS that the map may have on A4 across, beside the legend and between title and credits. */
const room = { width: 800, height: 600 } as const;

export function followPrint(map: HTMLElement, state: () => State): void {
  let parts: HTMLElement[] = [];
  addEventListener('beforeprint', () => {
    // The dialog prints a picture of its own.
    if (document.documentElement.dataset.printing !== undefined) return;
    parts = compose(map, state());
  });
  addEventListener('afterprint', () => {
    for (const part of parts) part.remove();
    parts = [];
  });
}

function compose(map: HTMLElement, state: State): HTMLElement[] {
  const { width, height } = map.getBoundingClientRect();
  const { style } = document.documentElement;
  const scale = Math.min(1, room.width / width, room.height / height);
  style.setProperty('--print-width', `${width}px`);
  style.setProperty('--print-height', `${height}px`);
  style.setProperty('--print-scale', String(scale));
  const { title, said, compared, credits, sources } = captionsOf(state);
  const head = element('header', { class: 'print-head' }, element('h1', {}, title), element('p', {}, said));
  if (compared !== null) head.append(element('p', {}, compared));
  const foot = element('footer', { class: 'print-foot' }, element('p', {}, credits), element('p', {}, sources));
  document.getElementById('app')?.append(head, foot);
  return [head, foot];
}
