import { type Day, sayDate } from '../dates';
import { element } from '../dom';
import { sayNumber } from '../quantity';
import { statusMark } from '../symbols';
import { label, t } from '../texts';
import { type Bundle, bundles, type WorldChange } from './changes';
import type { Span } from './span';

const gapPixels = 13; // a mark and a little more
const stacked = 2;
const listed = 4;

/** Changes of status in view, each the mark of what it became. The step buttons lead to the same days by keyboard. */
export class Strip {
  readonly node: HTMLElement;
  readonly #observer: ResizeObserver;
  #shown: { readonly changes: readonly WorldChange[]; readonly span: Span } | null = null;
  #bundles: readonly Bundle[] = [];

  constructor(readonly onPick: (day: Day) => void) {
    this.node = element('div', { class: 'strip', role: 'img' });
    this.node.addEventListener('click', event => this.#pick(event.clientX));
    this.#observer = new ResizeObserver(() => this.#draw());
    this.#observer.observe(this.node);
  }

  update(changes: readonly WorldChange[], span: Span): void {
    this.#shown = { changes, span };
    this.#draw();
  }

  remove(): void {
    this.#observer.disconnect();
  }

  #draw(): void {
    const width = this.node.clientWidth;
    if (this.#shown === null || width === 0) return;
    this.#bundles = bundles(this.#shown.changes, this.#shown.span, gapPixels / width);
    const count = this.#bundles.reduce((sum, { changes }) => sum + changes.length, 0);
    this.node.setAttribute('aria-label', t('time.strip', { n: count }));
    this.node.replaceChildren(...this.#bundles.map(tick));
  }

  #pick(x: number): void {
    const box = this.node.getBoundingClientRect();
    const share = (x - box.left) / box.width;
    const at = getComputedStyle(this.node).direction === 'rtl' ? 1 - share : share;
    const [nearest] = [...this.#bundles].sort((a, b) => Math.abs(a.at - at) - Math.abs(b.at - at));
    if (nearest && Math.abs(nearest.at - at) * box.width <= 2 * gapPixels) {
      const [first] = nearest.changes;
      if (first) this.onPick(first.day);
    }
  }
}

/** The marks of what most of them became, as many as there is room for, and how many they are. */
function tick({ at, changes }: Bundle): HTMLElement {
  const node = element(
    'span',
    { class: 'tick', title: sayBundle(changes) },
    ...becomes(changes)
      .slice(0, stacked)
      .map(status => statusMark(status, null, 11)),
    changes.length > 1 && element('b', {}, sayNumber(changes.length)),
  );
  node.style.insetInlineStart = `${(at * 100).toFixed(2)}%`;
  return node;
}

/** The new statuses, the most frequent first. */
export function becomes(changes: readonly WorldChange[]): string[] {
  const counts = new Map<string, number>();
  for (const { to } of changes) counts.set(to ?? 'unknown', (counts.get(to ?? 'unknown') ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a).map(([status]) => status);
}

function sayBundle(changes: readonly WorldChange[]): string {
  const lines = changes.slice(0, listed).map(change => sayChange(change));
  const rest = changes.length - listed;
  return [...lines, ...(rest > 0 ? [t('time.andMore', { n: rest })] : [])].join('\n');
}

export function sayChange({ name, day, precision, to }: WorldChange): string {
  return t('time.change', { date: sayDate(day, precision), name, status: label('status', to ?? 'unknown') });
}
