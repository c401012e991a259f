import { element } from '../dom';

/** A line of text in place of the details: still loading, or why there are none. */
export function messageContent(message: string): HTMLElement {
  return element('article', { class: 'details message' }, element('p', { role: 'status' }, message));
}
