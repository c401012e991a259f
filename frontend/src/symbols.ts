/** Marks drawn as SVG nodes, the same on the map, in the legend and in the details. */
import type { CollectionId } from './collections';
import { svg } from './dom';
import type { Compared } from './layers/look';
import { categoryStyle } from './style/category';
import { type Shape, statusStyle } from './style/status';

/** In a 24 × 24 box. */
export const outlines: Readonly<Record<Shape, string>> = {
  circle: 'M12 2.5a9.5 9.5 0 1 1 0 19a9.5 9.5 0 1 1 0-19z',
  ring: 'M12 3a9 9 0 1 1 0 18a9 9 0 1 1 0-18z',
  square: 'M3.5 3.5h17v17h-17z',
  triangle: 'M12 1.5L23 21H1z',
  diamond: 'M12 1L23 12 12 23 1 12z',
  hexagon: 'M12 1.5l9.3 5.2v10.6L12 22.5l-9.3-5.2V6.7z',
  octagon: 'M8 2h8l6 6v8l-6 6H8l-6-6V8z',
};

/** What stands inside a point's mark and tells the collections apart; a 24 × 24 box. */
export const glyphs: Partial<Record<CollectionId, string>> = {
  crossings: 'M8 15.5v-5a4 4 0 0 1 8 0v5M6.5 15.5h11',
  bazaars: 'M7.5 11v5h9v-5M6.5 11l1.5-3h8l1.5 3z',
  'power-facilities': 'M13 6.5L8.5 13H12l-1 4.5 4.5-6.5H12z',
};

/** The mark of a point of a collection with a status. */
export function statusMark(status: string, collection: CollectionId | null, size: number): SVGSVGElement {
  const { color, shape, hollow } = statusStyle(status);
  const glyph = collection === null ? undefined : glyphs[collection];
  return svg(
    'svg',
    { viewBox: '-1 -1 26 26', width: size, height: size, class: 'mark', 'aria-hidden': 'true' },
    svg('path', {
      d: outlines[shape],
      fill: hollow ? 'var(--mark-hollow)' : color,
      stroke: hollow ? color : 'var(--mark-edge)',
      'stroke-width': hollow ? 2.6 : 1.6,
      'stroke-linejoin': 'round',
      'stroke-dasharray': shape === 'ring' ? '4 2.5' : null,
    }),
    glyph && glyphPath(glyph, hollow ? color : '#fff', 1.7),
  );
}

/**
 * A mark with what it was on the date it is compared with: a ring around it, and at its corner the other date's mark, or
 * an empty corner where it was not there. What is the same stays as it is.
 */
export function comparedMark(mark: SVGSVGElement, compared: Compared | undefined): SVGSVGElement {
  if (compared === undefined || compared === 'same') return mark;
  mark.append(svg('circle', { class: 'compared-ring', cx: 12, cy: 12, r: 14.5, fill: 'none', 'stroke-width': 3 }));
  const corner = statusMark(compared.status ?? 'unknown', null, 13);
  corner.setAttribute('x', '15');
  corner.setAttribute('y', '-7');
  mark.append(
    svg('circle', { cx: 21.5, cy: -0.5, r: 8, fill: 'var(--surface)' }),
    compared.status === null ? '' : corner,
  );
  return mark;
}

/** The mark of one incident. */
export function categoryMark(category: string, size: number): SVGSVGElement {
  const { color, glyph } = categoryStyle(category);
  return svg(
    'svg',
    { viewBox: '0 0 24 24', width: size, height: size, class: 'mark', 'aria-hidden': 'true' },
    svg('circle', { cx: 12, cy: 12, r: 10.5, fill: color, stroke: 'var(--mark-edge)', 'stroke-width': 1.5 }),
    svg('g', { transform: 'translate(4 4)' }, glyphPath(glyph, '#fff', 1.8)),
  );
}

/** What kind of thing something is, without its status. */
export function kindMark(collection: CollectionId, size: number): SVGSVGElement {
  const glyph = glyphs[collection] ?? 'M4 17L10 8l4 7 6-9';
  return svg(
    'svg',
    { viewBox: '4 4 16 16', width: size, height: size, class: 'mark', 'aria-hidden': 'true' },
    glyphPath(glyph, 'currentColor', 1.7),
  );
}

/** A place that was searched for, where there need not be anything. */
export function placeMark(size: number): SVGSVGElement {
  return svg(
    'svg',
    { viewBox: '0 0 30 30', width: size, height: size, class: 'mark', 'aria-hidden': 'true' },
    svg('circle', { cx: 15, cy: 15, r: 7, fill: 'none', stroke: 'var(--focus)', 'stroke-width': 2.5 }),
    svg('path', { d: 'M15 1v8M15 21v8M1 15h8M21 15h8', stroke: 'var(--focus)', 'stroke-width': 2.5 }),
  );
}

/** A piece of line as the legend shows it. */
export function lineMark(color: string, width: number, dash: readonly number[]): SVGSVGElement {
  return svg(
    'svg',
    { viewBox: '0 0 34 12', width: 34, height: 12, class: 'mark', 'aria-hidden': 'true' },
    svg('path', {
      d: 'M1 6h32',
      fill: 'none',
      stroke: color,
      'stroke-width': width,
      'stroke-dasharray': dash.length > 0 ? dashOf(dash, width) : null,
    }),
  );
}

/** Dashes are tables of line widths, so that a thick line and a thin one show the same pattern. */
export function dashOf(dash: readonly number[], width: number): string {
  return dash.map(part => Number((part * width).toFixed(1))).join(' ');
}

function glyphPath(d: string, color: string, width: number): SVGPathElement {
  return svg('path', {
    d,
    fill: 'none',
    stroke: color,
    'stroke-width': width,
    'stroke-linecap': 'round',
    'stroke-linejoin': 'round',
  });
}
