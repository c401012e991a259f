/** Remembers where a reader is in a part of the page that is about to be made anew: focus, scroll and what is folded open. */

const focusable = 'a[href], button, input, select, summary, [tabindex]';

/** Returns the function that puts the reader back; it tells whether the focus was in the part, and is there again. */
export function placeIn(selector: string): () => boolean {
  const before = document.querySelector<HTMLElement>(selector);
  if (before === null) return () => false;
  const focus = markOfFocus(before);
  const open = [...before.querySelectorAll('details')].map(node => node.open);
  const scrolls = scrollersOf(before).map(node => node.scrollTop);
  return () => {
    const after = document.querySelector<HTMLElement>(selector);
    if (after === null) return false;
    [...after.querySelectorAll('details')].forEach((node, index) => {
      node.open = open[index] ?? node.open;
    });
    const target = focus === null ? undefined : marked(after).get(focus);
    target?.focus({ preventScroll: true });
    scrollersOf(after).forEach((node, index) => {
      node.scrollTop = scrolls[index] ?? 0;
    });
    return target !== undefined;
  };
}

function markOfFocus(part: HTMLElement): string | null {
  for (const [mark, node] of marked(part)) if (node === document.activeElement) return mark;
  return null;
}

/** What can have the focus, by what it is and leads to: what arrives later must not shift it. */
function marked(part: HTMLElement): ReadonlyMap<string, HTMLElement> {
  const found = new Map<string, HTMLElement>();
  for (const node of part.querySelectorAll<HTMLElement>(focusable)) {
    const { tagName, dataset } = node;
    const what = dataset.keep ?? node.getAttribute('href') ?? (tagName === 'H2' ? '' : node.textContent);
    let mark = `${tagName} ${what}`;
    while (found.has(mark)) mark += '+';
    found.set(mark, node);
  }
  return found;
}

/** The part and what it stands in, up to the page. */
function scrollersOf(part: HTMLElement): HTMLElement[] {
  const nodes: HTMLElement[] = [];
  for (let node: HTMLElement | null = part; node !== null && node !== document.body; node = node.parentElement) {
    nodes.push(node);
  }
  return nodes;
}
