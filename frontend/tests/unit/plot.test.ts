import { afterEach, describe, expect, it, vi } from 'vitest';
import { barChart, roomFor } from '../../src/charts/plot';
import { speak } from '../../src/language/start';

interface Axis {
  readonly values: (plot: null, at: readonly number[]) => string[];
}

const made = vi.hoisted(() => ({ axes: [] as unknown[] }));
vi.mock('uplot/dist/uPlot.min.css', () => ({}));
vi.mock('uplot', () => ({
  default: class {
    static paths = {};
    constructor(options: { axes: unknown[] }) {
      made.axes = options.axes;
    }
    destroy() {}
  },
}));

function axes(labels: readonly string[], width: number): [Axis, Axis] {
  barChart(labels, [{ label: 'Open', color: '#000', counts: labels.map(() => 1) }], width);
  return made.axes as [Axis, Axis];
}

describe('the labels of a chart', () => {
  afterEach(() => speak('en', []));

  it('stand side by side where they fit, and the last one is not cut', () => {
    expect(roomFor([80, 80], 450)).toEqual({ turned: false, size: 40, right: 8, every: 1 });
    // A single bar of 125 pixels: its middle is 75 from the end, and half of its label needs 58.
    expect(roomFor([116], 200).right).toBe(8);
  });

  it('are turned where they do not, with room for the whole of the longest and the last', () => {
    const room = roomFor([...Array<number>(13).fill(60), 150], 800);
    const angle = (50 * Math.PI) / 180;
    expect(room.turned).toBe(true);
    expect(room.size).toBeGreaterThan(150 * Math.sin(angle));
    expect(room.right + 0.6 * (750 / 14.2)).toBeGreaterThan(150 * Math.cos(angle));
    expect(roomFor([150, ...Array<number>(13).fill(60)], 800).right).toBeLessThan(room.right);
  });

  it('are written for some of the bars only where there are too many', () => {
    const labels = Array.from({ length: 100 }, (_, index) => `Month ${index}`);
    const [months] = axes(labels, 900);
    expect(months.values(null, [0, 1, 2, 3])).toEqual(['Month 0', '', 'Month 2', '']);
  });

  it('have the digits of the language on both axes', async () => {
    await speak('fa', []);
    const [, counts] = axes(['۱'], 400);
    expect(counts.values(null, [0, 5, 10])).toEqual(['۰', '۵', '۱۰']);
  });
});
