import { button, element, renew } from '../dom';
import type { Facet } from '../filters/filter';
import type { LegendRow } from '../filters/legend';
import { sayNumber } from '../quantity';
import { t } from '../texts';

export type ToggleFilter = (facet: Facet, code: string) => void;

/** The rows of a legend, each a button that filters by its code. Those that a filter leaves out step back. */
export function facetList(
  facet: Facet,
  rows: readonly LegendRow[],
  swatch: (code: string) => SVGSVGElement | null,
  toggle: ToggleFilter,
): HTMLElement {
  const items = rows.map(({ code, label, all, left, chosen }) =>
    element(
      'li',
      { 'data-code': code },
      button(
        {
          class: 'legend-row',
          'aria-pressed': String(chosen),
          title: t('filter.row', { name: label, n: sayNumber(left), all: sayNumber(all) }),
          'data-focus': `${facet}.${code}`,
          'data-left': left,
        },
        () => toggle(facet, code),
        swatch(code),
        element('span', {}, label),
        element('b', {}, sayNumber(left)),
      ),
    ),
  );
  return element('ul', { class: 'legend', 'data-facet': facet, 'aria-label': t(`filter.${facet}`) }, ...items);
}

/** Gives a node other children; the keyboard stays on what has the same mark. */
export function renewKeepingFocus(node: HTMLElement, ...children: readonly Element[]): void {
  const active = document.activeElement;
  const mark = active instanceof HTMLElement && node.contains(active) ? active.dataset.focus : undefined;
  renew(node, children);
  if (mark === undefined || node.contains(document.activeElement)) return;
  const marked = [...node.querySelectorAll<HTMLElement>('[data-focus]')].find(({ dataset }) => dataset.focus === mark);
  marked?.focus({ preventScroll: true });
}
