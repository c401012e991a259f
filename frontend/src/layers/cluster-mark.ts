import { svg } from '../dom';
import { categoryStyle } from '../style/category';

export type Shares = Readonly<Record<string, number>>;

const circumference = 100; // of a circle with radius 15.915, so that shares are percentages
const radius = 15.915;

/** A number in a ring whose arcs are the shares of the categories. */
export function clusterMark(count: number, shares: Shares, size: number): SVGSVGElement {
  let start = 0;
  const arcs = Object.entries(shares).map(([category, share]) => {
    const length = (share / count) * circumference;
    const arc = svg('circle', {
      cx: 20,
      cy: 20,
      r: radius,
      fill: 'none',
      stroke: categoryStyle(category).color,
      'stroke-width': 5,
      'stroke-dasharray': `${length.toFixed(2)} ${(circumference - length).toFixed(2)}`,
      'stroke-dashoffset': (25 - start).toFixed(2), // from twelve o'clock
    });
    start += length;
    return arc;
  });
  return svg(
    'svg',
    { viewBox: '0 0 40 40', width: size, height: size, class: 'mark', 'aria-hidden': 'true' },
    svg('circle', { cx: 20, cy: 20, r: 19, fill: 'var(--mark-edge)' }),
    ...arcs,
    svg('circle', { cx: 20, cy: 20, r: 13.4, fill: 'var(--surface)' }),
    svg('text', { x: 20, y: 24.5, 'text-anchor': 'middle', class: 'cluster-count' }, count),
  );
}

export function clusterSize(count: number): number {
  return Math.min(30 + 5 * Math.log2(count), 56);
}
