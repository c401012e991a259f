import { describe, expect, it } from 'vitest';
import type { Feature } from '../../src/feature';
import { codeOf } from '../../src/feature';
import { noFilters } from '../../src/filters/filter';
import { legendRows } from '../../src/filters/legend';
import { clusterMark } from '../../src/layers/cluster-mark';
import { nearest } from '../../src/layers/reach';
import { type Placed, spread } from '../../src/layers/spread';
import { categoryOrder, categoryStyle } from '../../src/style/category';
import { statusOrder, statusStyle } from '../../src/style/status';
import { widthOf } from '../../src/style/voltage';
import { dashOf, statusMark } from '../../src/symbols';

const point = (id: string, coordinates: number[], properties = {}): Feature => ({
  id,
  geometry: { type: 'Point', coordinates },
  properties,
});

describe('looks', () => {
  it('draw what is not known as unknown, never as open', () => {
    expect(statusStyle('half_open')).toEqual(statusStyle('unknown'));
    expect(statusStyle('constructor')).toEqual(statusStyle('unknown'));
    expect(codeOf(point('a', [0, 0], { status: null }))).toBe('unknown');
    expect(statusStyle('unknown')).toMatchObject({ hollow: true, shape: 'ring' });
  });

  it('say every status by colour and again by shape, fill or dash', () => {
    const works = new Set(['open', 'operating']);
    const others = statusOrder.filter(code => !works.has(code)).map(statusStyle);
    const shapes = new Set([...others, statusStyle('open')].map(({ shape, hollow }) => `${shape} ${hollow}`));
    expect(shapes.size).toBe(others.length + 1);
  });

  it('give every category a glyph of its own', () => {
    expect(new Set(categoryOrder.map(code => categoryStyle(code).glyph)).size).toBe(categoryOrder.length);
  });

  it('widen lines with their voltage and keep the pattern of their dash', () => {
    expect([500, 220, 110, null].map(widthOf)).toEqual([4.5, 2.8, 2, 1.6]);
    expect(dashOf([2, 1.5], 4)).toBe('8 6');
  });

  it('are hollow marks where nothing stands yet or nothing is known', () => {
    const fill = (code: string) => statusMark(code, 'crossings', 20).querySelector('path')?.getAttribute('fill');
    expect(fill('unknown')).toBe('var(--mark-hollow)');
    expect(fill('planned')).toBe('var(--mark-hollow)');
    expect(fill('closed')).toBe(statusStyle('closed').color);
  });

  it('draw a cluster as a ring of its shares', () => {
    const ring = clusterMark(4, { attack: 1, arrest: 3 }, 40);
    const arcs = [...ring.querySelectorAll('[stroke-dasharray]')].map(arc => arc.getAttribute('stroke-dasharray'));
    expect(arcs).toEqual(['75.00 25.00', '25.00 75.00']);
    expect(ring.textContent).toBe('4');
  });
});

describe('points on one spot', () => {
  const placed = (key: string, coordinates: number[]): Placed => ({ key, feature: point(key, coordinates) });

  it('stand side by side, and the others where they are', () => {
    const offsets = spread([placed('crossing', [71.5, 36.7]), placed('bazaar', [71.5, 36.7]), placed('far', [70, 37])]);
    expect(offsets.get('crossing')).not.toEqual(offsets.get('bazaar'));
    expect(offsets.has('far')).toBe(false);
  });

  it('keep a mark’s width apart however many they are', () => {
    for (const count of [2, 3, 5, 9]) {
      const points = Array.from({ length: count }, (_, index) => placed(String(index), [70, 37]));
      const offsets = [...spread(points).values()];
      for (const [i, a] of offsets.entries()) {
        for (const b of offsets.slice(i + 1)) expect(Math.hypot(a[0] - b[0], a[1] - b[1])).toBeGreaterThan(23);
      }
    }
  });

  it('leave alone what has no position', () => {
    const nowhere: Feature = { id: 'x', geometry: null, properties: {} };
    expect(
      spread([
        { key: 'x', feature: nowhere },
        { key: 'y', feature: nowhere },
      ]).size,
    ).toBe(0);
  });
});

describe('the legend', () => {
  const features = ['closed', 'open', 'closed', 'odd'].map((status, i) => point(String(i), [0, 0], { status }));
  const answer = { features, timeStamp: null };

  it('counts the codes that occur, in the schema’s order and with its titles', () => {
    const oneOf = [
      { const: 'closed', title: 'C' },
      { const: 'odd', title: 'Odd thing' },
      { const: null },
      { const: 'open' },
    ];
    const rows = legendRows('crossings', 'status', answer, noFilters, { properties: { status: { oneOf } } });
    expect(rows.map(({ code, label, left }) => ({ code, label, left }))).toEqual([
      { code: 'closed', label: 'Closed', left: 2 },
      { code: 'odd', label: 'Odd thing', left: 1 },
      { code: 'open', label: 'Open', left: 1 },
    ]);
  });

  it('needs no schema', () => {
    const rows = legendRows('crossings', 'status', answer, noFilters, null);
    expect(rows.map(({ code }) => code)).toEqual(['open', 'closed', 'odd']);
  });
});

describe('a finger', () => {
  const mark = (x: number, size: number) => ({
    name: `${size} at ${x}`,
    getBoundingClientRect: () => new DOMRect(x - size / 2, -size / 2, size, size),
  });
  const marks = [mark(0, 16), mark(18, 26), mark(200, 56)];

  it.each([
    [-21, '16 at 0'],
    [-23, undefined],
    [8, '16 at 0'],
    [10, '26 at 18'],
    [39, '26 at 18'],
    [173, '56 at 200'],
    [171, undefined],
  ])('at %d means the mark whose middle is nearest and within reach: %s', (clientX, name) => {
    expect(nearest(marks, { clientX, clientY: 0 })?.name).toBe(name);
  });
});
