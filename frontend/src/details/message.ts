import { element } from '../dom';
import type { Content } from './frame';

/** A line of text in place of the details: why there are none. */
export function messageContent(message: string): Content {
  return { of: null, parts: [element('p', { class: 'message', role: 'status', tabindex: -1 }, message)] };
}
