import { svg } from '../dom';
import { sayNumber } from '../quantity';
import { categoryStyle } from '../style/category';
import { label, t } from '../texts';

export type Shares = Readonly<Record<string, number>>;

const circumference = 100; // of a circle with radius 15.915, so that shares are percentages
const radius = 15.915;

/** A number in a ring whose arcs are the shares of the categories. */
export function clusterMark(count: number, shares: Shares, size: number): SVGSVGElement {
  let start = 0;
  const arcs = inOrder(shares).map(([category, share]) => {
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
    svg(
      'text',
      { x: 20, y: 24.5, 'text-anchor': 'middle', 'font-size': countFont(shortCount(count)), class: 'cluster-count' },
      shortCount(count),
    ),
  );
}

/** What the ring says, in words: the codes from the most to the fewest. */
export function sayShares(shares: Shares, kind: 'category' | 'status' = 'category'): string {
  return inOrder(shares)
    .map(([code, n]) => t('crowd.members', { name: label(kind, code), n: sayNumber(n) }))
    .join(t('list.separator'));
}

/** The largest share first; equal ones by their code, so that a ring does not change with the order of its members. */
export function inOrder(shares: Shares): [string, number][] {
  return Object.entries(shares).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
}

/** A count that fits into a ring: 999, 1.2k, 34k, 1.1M. */
export function shortCount(count: number): string {
  if (count < 1000) return sayNumber(count);
  const [unit, by] = count < 999_500 ? ['k', 1000] : ['M', 1e6];
  const n = count / Number(by);
  return `${sayNumber(n < 9.95 ? Math.round(n * 10) / 10 : Math.round(n))}${unit}`;
}

/** The size of a count within its ring, in a box of 40: four signs fit as two do. */
export function countFont(count: string): number {
  return count.length <= 2 ? 13 : count.length === 3 ? 11 : 9.5;
}

export function clusterSize(count: number): number {
  return Math.min(30 + 5 * Math.log2(count), 56);
}
