/** Page elements are made here, from nodes and text nodes only: no text is ever read as HTML. */
import { sayNumber } from './language/numbers';

type Child = Node | string | number | null | undefined | false;
type Attributes = Readonly<Record<string, string | number | boolean | null | undefined>>;

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  setAttributes(node, attributes);
  append(node, children);
  return node;
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  setAttributes(node, attributes);
  append(node, children);
  return node;
}

export function button(attributes: Attributes, onClick: () => void, ...children: readonly Child[]): HTMLButtonElement {
  const node = element('button', { type: 'button', ...attributes }, ...children);
  node.addEventListener('click', onClick);
  return node;
}

/** A sign in a box of 16 and the word it stands for where there is no room for words; the word stays what is read out. */
export function signed(sign: string, word: string): Node[] {
  const path = svg('path', { d: sign, fill: 'none', stroke: 'currentColor', 'stroke-width': 1.8 });
  const drawn = svg('svg', { class: 'sign', viewBox: '0 0 16 16', width: 20, height: 20, 'aria-hidden': 'true' }, path);
  return [drawn, element('span', { class: 'sign-word' }, word)];
}

/** Only web addresses become links; anything else a dataset calls a URL stays text. */
export function link(url: string, label: string | Node): HTMLElement {
  if (!/^https?:\/\//i.test(url)) return element('span', {}, label);
  return element('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, label);
}

/**
 * Gives a node other children. What is as it was stays where it is: a press that has begun on it ends on it, and it keeps
 * the focus and what is selected in it. Lists stay too, and are given other rows. What children do when they are pressed
 * must show in them, for those that stay do what they did.
 */
export function renew(node: Element, children: readonly Element[]): void {
  const left = [...node.children];
  for (const child of children) {
    const alike = left.findIndex(old => old.isEqualNode(child));
    const at = alike >= 0 ? alike : left.findIndex(old => isListAs(old, child));
    if (at < 0) {
      node.insertBefore(child, left[0] ?? null);
      continue;
    }
    for (const gone of left.splice(0, at)) gone.remove();
    const old = left.shift();
    if (old && alike < 0) renew(old, [...child.children]);
  }
  for (const gone of left) gone.remove();
}

/** Whether both are lists of one kind, whatever their rows. */
function isListAs(old: Element, child: Element): boolean {
  return /^[OU]L$/.test(old.tagName) && old.cloneNode().isEqualNode(child.cloneNode());
}

/** Gives a node words where it has others: the same again would be read out again, and no longer be selected. */
export function setText(node: Element, words: string): void {
  if (node.textContent !== words) node.textContent = words;
}

/** true sets an attribute, false, null and undefined leave it out. */
function setAttributes(node: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    node.setAttribute(name, value === true ? '' : String(value));
  }
}

function append(node: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    // A number is written in the digits of the language, wherever it stands.
    node.append(typeof child === 'number' ? sayNumber(child) : child);
  }
}
