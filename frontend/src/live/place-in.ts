/** Remembers where a reader is in a part of the page that is about to be made anew: focus, scroll and what is folded open. */

const focusable = 'a[href], button, input, select, summary, [tabindex]';

/** Returns the function that puts the reader back; it tells whether the focus was in the part, and is there again. */
export function placeIn(selector: string): () => boolean {
  const before = document.querySelector<HTMLElement>(selector);
  if (before === null) return () => false;
  const focus = indexOfFocus(before);
  const open = [...before.querySelectorAll('details')].map(node => node.open);
  const scrolls = scrollersOf(before).map(node => node.scrollTop);
  return () => {
    const after = document.querySelector<HTMLElement>(selector);
    if (after === null) return false;
    [...after.querySelectorAll('details')].forEach((node, index) => {
      node.open = open[index] ?? node.open;
    });
    const target = focus < 0 ? undefined : after.querySelectorAll<HTMLElement>(focusable)[focus];
    target?.focus({ preventScroll: true });
    scrollersOf(after).forEach((node, index) => {
      node.scrollTop = scrolls[index] ?? 0;
    });
    return target !== undefined;
  };
}

function indexOfFocus(part: HTMLElement): number {
  return [...part.querySelectorAll(focusable)].indexOf(document.activeElement as Element);
}

/** The part and what it stands in, up to the page. */
function scrollersOf(part: HTMLElement): HTMLElement[] {
  const nodes: HTMLElement[] = [];
  for (let node: HTMLElement | null = part; node !== null && node !== document.body; node = node.parentElement) {
    nodes.push(node);
  }
  return nodes;
}
