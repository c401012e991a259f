import { placeIn } from '../live/place-in';

/** Draws a chart anew; who stands on its button, or has its table open, stays there. */
export function replaceInPlace(part: HTMLElement, nodes: readonly Node[]): void {
  const back = placeIn(`.${part.className}`);
  part.replaceChildren(...nodes);
  back();
}
