import { element } from '../dom';

type Cell = Node | string | null;

/** A table that scrolls sideways by itself, also by the keyboard, where there is no room. */
export function table(title: string, heads: readonly string[], rows: readonly (readonly Cell[])[]): HTMLElement {
  const head = element('tr', {}, ...heads.map(text => element('th', { scope: 'col' }, text)));
  const body = rows.map(cells => element('tr', {}, ...cells.map(cell => element('td', {}, cell))));
  return element(
    'div',
    { class: 'scroll', role: 'region', 'aria-label': title, tabindex: 0 },
    element('table', {}, element('thead', {}, head), element('tbody', {}, ...body)),
  );
}
