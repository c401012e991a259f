/** Parts of the page that are drawn anew whenever an answer comes, under the hands of the reader. Every place here is invented. */
import { describe, expect, it, vi } from 'vitest';
import { element, renew } from '../../src/dom';
import type { Feature } from '../../src/feature';
import { LineLayer } from '../../src/layers/lines';
import type { Look } from '../../src/layers/look';
import { Tooltip } from '../../src/layers/tooltip';
import { createMap } from '../../src/map';
import { LayerSection } from '../../src/panel/layer-section';

const lines = (status = 'operating'): Feature[] =>
  ['a', 'b'].map(id => ({
    id,
    geometry: {
      type: 'LineString',
      coordinates: [
        [68, 37],
        [69, id === 'a' ? 37 : 38],
      ],
    },
    properties: { name_en: `Invented ${id}`, status, voltage_kv: 220, from_country: 'TJ', to_country: 'AF' },
  }));

describe('children of a node', () => {
  const row = (text: string) => element('li', {}, text);

  it('stay where they are as they were, and are replaced, added and removed where not', () => {
    const list = element('ul', {}, row('a'), row('b'), row('c'));
    const [first, second] = list.children;
    renew(list, [row('a'), row('B'), row('c'), row('d')]);
    expect([...list.children].map(node => node.textContent)).toEqual(['a', 'B', 'c', 'd']);
    expect(list.children[0]).toBe(first);
    expect(list.children[1]).not.toBe(second);
    renew(list, [row('a')]);
    expect([...list.children]).toEqual([first]);
    renew(list, []);
    expect(list.childElementCount).toBe(0);
  });

  it('stay where others come before them or go, and in lists among other things', () => {
    const rows = (...texts: string[]) => element('ol', { class: 'rows' }, ...texts.map(row));
    const part = element('article', {}, element('h2', {}, '2'), rows('a', 'b'), element('ul', {}, row('a')));
    const [, first, second] = part.children;
    const [a, b] = first?.children ?? [];
    const kept = () =>
      [...(first?.children ?? [])].map(node => (node === a ? 'A' : node === b ? 'B' : node.textContent));
    renew(part, [element('h2', {}, '3'), rows('new', 'a', 'b'), element('ul', {}, row('a'))]);
    expect([...part.children].map(({ tagName }) => tagName)).toEqual(['H2', 'OL', 'UL']);
    expect([...part.children].slice(1)).toEqual([first, second]);
    expect(kept()).toEqual(['new', 'A', 'B']);
    renew(part, [rows('b', 'last')]);
    expect(kept()).toEqual(['B', 'last']);
    renew(part, [element('ol', { class: 'others' }, row('b'))]);
    expect(part.children[0]).not.toBe(first);
    expect(part.textContent).toBe('b');
  });
});

describe('a section of the panel', () => {
  const section = () =>
    new LayerSection(
      'transmission-lines',
      () => {},
      () => {},
      () => {},
    );
  const answer = (features: readonly Feature[]) => ({ phase: 'ready', answer: { features, timeStamp: null } }) as const;

  it('keeps the rows of a legend that are as they were', () => {
    const drawn = section();
    const legendRow = () => drawn.node.querySelector('[data-code="operating"] button');
    drawn.setFeed(answer(lines()), null);
    const before = legendRow();
    expect(before).not.toBeNull();
    drawn.setFeed({ phase: 'busy' }, null);
    drawn.setFeed(answer(lines()), null);
    expect(legendRow()).toBe(before);
    drawn.setFeed(answer(lines().slice(1)), null);
    expect(legendRow()).not.toBe(before);
  });

  it('keeps a fold open that has not yet told that it was opened, and closed again', () => {
    const drawn = section();
    const fold = () => drawn.node.querySelector<HTMLDetailsElement>('details.facets');
    drawn.setFeed(answer(lines()), null);
    for (const open of [true, false, true]) {
      const before = fold();
      if (before) before.open = open;
      drawn.setFeed(answer(lines(open ? 'damaged' : 'operating').slice(Number(open))), null);
      expect(fold()).not.toBe(before);
      expect(fold()?.open).toBe(open);
    }
    drawn.setFeed({ phase: 'off' }, null);
    expect(fold()).toBeNull();
    drawn.setFeed(answer(lines()), null);
    expect(fold()?.open).toBe(true);
  });
});

describe('lines on the map', () => {
  it('are left alone where nothing of them is another, and drawn anew where something is', () => {
    const host = element('div');
    document.body.append(host);
    const map = createMap(host, { zoom: 6, lat: 37.5, lon: 68.5 });
    let look: Look = { fade: 0, compared: undefined };
    const layer = new LineLayer(map, 'transmission-lines', new Tooltip(map), vi.fn(), () => look);
    const bands = () => [...host.querySelectorAll('.line-band')];
    const draw = (features: Feature[], dimmed: string[] = []) =>
      layer.draw({ features, dimmed: new Set(dimmed), crowd: null });
    const changes = [
      () => draw(lines()),
      () => draw(lines(), ['a']),
      () => draw(lines('damaged')),
      () => {
        look = { fade: 2, compared: undefined };
        draw(lines('damaged'));
      },
    ];
    for (const change of changes) {
      const before = bands();
      change();
      const after = bands();
      expect(after.filter(band => before.includes(band))).toEqual([]);
      expect(after.length).toBeGreaterThan(0);
      change();
      expect(bands()).toHaveLength(after.length);
      for (const [i, band] of bands().entries()) expect(band).toBe(after[i]);
    }
    map.remove();
  });
});
