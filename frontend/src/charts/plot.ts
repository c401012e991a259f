import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { element } from '../dom';
import { sayNumber } from '../quantity';

export interface Bars {
  readonly label: string;
  readonly color: string;
  readonly counts: readonly number[];
  /** Drawn as an outline: what is not known. */
  readonly hollow?: boolean;
  /** A path in a 16 × 16 box, drawn where there is room, so that colour is not all that tells. */
  readonly glyph?: string;
}

const height = 260;
const font = '12px system-ui, sans-serif';

/** Of the axis at the left, in pixels; and what a label keeps free around itself. */
const leftAxis = 50;
const gap = 8;
const turned = 50; // degrees

export interface LabelRoom {
  /** Whether the labels are turned, because they do not fit beside each other. */
  readonly turned: boolean;
  /** The height of the axis under the bars. */
  readonly size: number;
  /** What the labels need at the right of the bars. */
  readonly right: number;
  /** One label in so many is written: turned ones need the height of a line too. */
  readonly every: number;
}

/** Room for labels of these widths under a chart of that width, so that none is cut. */
export function roomFor(widths: readonly number[], width: number): LabelRoom {
  const widest = Math.max(0, ...widths);
  const slot = (width - leftAxis) / (widths.length + 0.2);
  const middle = 0.6 * slot; // of the first and the last bar, from the ends
  if (widest + gap <= slot) {
    const last = widths.at(-1) ?? 0;
    return { turned: false, size: 40, right: Math.max(0, last / 2 - middle) + gap, every: 1 };
  }
  const angle = (turned * Math.PI) / 180;
  // A turned label begins under its bar and reaches to the right from there.
  const right = [...widths].reverse().map((wide, index) => wide * Math.cos(angle) + gap - (middle + index * slot));
  const size = Math.ceil(widest * Math.sin(angle)) + 24;
  return { turned: true, size, right: Math.max(gap, ...right), every: Math.max(1, Math.ceil(16 / slot)) };
}

function widthsOf(labels: readonly string[]): number[] {
  const context = document.createElement('canvas').getContext('2d');
  if (context === null) return labels.map(label => label.length * 7);
  context.font = font;
  return labels.map(label => context.measureText(label).width);
}

/** Stacked bars. The canvas says nothing to those who do not see it: a table stands beside it. */
export function barChart(
  labels: readonly string[],
  bars: readonly Bars[],
  width: number,
): { node: HTMLElement; remove(): void } {
  const node = element('div', { class: 'chart', 'aria-hidden': 'true', dir: 'ltr' });
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue('--text-quiet').trim();
  const line = style.getPropertyValue('--line').trim();
  const surface = style.getPropertyValue('--surface').trim();
  const paths = uPlot.paths.bars?.({ size: [0.7, 40] });
  const stacked = stack(bars.map(({ counts }) => counts));
  // The highest sums are drawn first, so that each lower one stands before them.
  const series = bars.map(({ label, color, hollow }) => ({
    label,
    fill: hollow ? surface : color,
    stroke: hollow ? ink : surface,
    width: 1,
    points: { show: false },
    ...(paths && { paths }),
  }));
  const written = labels.map(short);
  const room = roomFor(widthsOf(written), width);
  const plot = new uPlot(
    {
      width,
      height: height - 40 + room.size,
      padding: [null, room.right, null, null],
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false, range: [-0.6, labels.length - 0.4] },
        y: { range: (_plot, _min, max) => [0, Math.max(1, max)] },
      },
      axes: [
        {
          splits: labels.map((_, index) => index),
          values: (_plot, at) => at.map(index => (index % room.every === 0 ? (written[index] ?? '') : '')),
          font,
          stroke: ink,
          rotate: room.turned ? -turned : 0,
          size: room.size,
          grid: { show: false },
          ticks: { stroke: line },
        },
        {
          values: (_plot, at) => at.map(sayNumber),
          font,
          size: leftAxis,
          stroke: ink,
          grid: { stroke: line },
          ticks: { stroke: line },
          incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000],
        },
      ],
      series: [{}, ...series.reverse()],
      hooks: { draw: [plot => drawGlyphs(plot, bars)] },
    },
    [labels.map((_, index) => index), ...stacked.map((sums, at) => shownSums(sums, bars[at]?.counts)).reverse()],
    node,
  );
  return { node, remove: () => plot.destroy() };
}

/** A bar of nothing is no bar. */
function shownSums(sums: readonly number[], counts: readonly number[] = []): (number | null)[] {
  return sums.map((sum, index) => (counts[index] ? sum : null));
}

const glyphBox = 16;

function drawGlyphs(plot: uPlot, bars: readonly Bars[]): void {
  const { ctx } = plot;
  const ratio = devicePixelRatio;
  const sums = stack(bars.map(({ counts }) => counts));
  ctx.save();
  ctx.strokeStyle = '#fff';
  ctx.lineWidth = 1.8;
  ctx.lineCap = 'round';
  ctx.lineJoin = 'round';
  bars.forEach(({ counts, glyph }, at) => {
    counts.forEach((count, index) => {
      const top = sums[at]?.[index] ?? 0;
      const [y, base] = [plot.valToPos(top, 'y', true), plot.valToPos(top - count, 'y', true)];
      if (glyph === undefined || base - y < (glyphBox + 2) * ratio) return;
      const x = plot.valToPos(index, 'x', true) - (glyphBox / 2) * ratio;
      ctx.setTransform(ratio, 0, 0, ratio, x, (y + base) / 2 - (glyphBox / 2) * ratio);
      ctx.stroke(new Path2D(glyph));
    });
  });
  ctx.restore();
}

/** Each series on top of those before it. */
export function stack(series: readonly (readonly number[])[]): number[][] {
  const sums: number[][] = [];
  for (const counts of series) {
    const below = sums.at(-1);
    sums.push(counts.map((count, index) => count + (below?.[index] ?? 0)));
  }
  return sums;
}

function short(text: string): string {
  return text.length > 22 ? `${text.slice(0, 21)}…` : text;
}
