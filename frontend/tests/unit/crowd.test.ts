import * as L from 'leaflet';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { CrowdFetch } from '../../src/crowd/crowd';
import { cellSize, groupSpots, zoomsToOpen } from '../../src/crowd/group';
import { handleOf, type PlacedLine, underLine } from '../../src/crowd/line-places';
import { readTile, type Spot } from '../../src/crowd/tile';
import { question } from '../../src/feeds';
import { noFilters } from '../../src/filters/filter';
import { legendRows } from '../../src/filters/legend';
import { shortCount } from '../../src/layers/cluster-mark';
import { initialState, withFilter } from '../../src/state';

afterEach(() => vi.unstubAllGlobals());

/** A server of invented incidents that keeps what it was asked. */
function server(count: number): string[] {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (path: string) => {
    asked.push(decodeURIComponent(path));
    const groups = [{ value: 'attack', count }];
    const features = [{ id: 'one', geometry: null, properties: {} }];
    const links = count > 1000 && !path.includes('10000') ? [{ rel: 'next', href: 'http://x/?cursor=1' }] : [];
    return Response.json(path.includes('/stats/') ? { groups } : { features, links });
  });
  return asked;
}

const signal = new AbortController().signal;

describe('incidents', () => {
  it('are fetched at once while they fit a page', async () => {
    const asked = server(3);
    const answer = await new CrowdFetch(() => noFilters).answer('incidents', 'datetime=2021-01-01/2021-12-31', signal);
    expect(answer.crowd).toBeUndefined();
    expect(asked).toHaveLength(1);
  });

  it('are counted when they do not, and fetched after all while they are some thousands', async () => {
    const asked = server(4000);
    const answer = await new CrowdFetch(() => noFilters).answer('incidents', 'datetime=2021-01-01/2021-12-31', signal);
    expect(answer.crowd).toBeUndefined();
    expect(answer.features).toHaveLength(1);
    expect(asked.map(path => path.split('?')[0])).toEqual([
      'api/collections/incidents/items',
      'api/stats/incidents',
      'api/collections/incidents/items',
    ]);
  });

  it('are a crowd above that, counted under the filters, and a crowd is not fetched again', async () => {
    const asked = server(1_000_000);
    const filters = { ...noFilters, category: ['attack'], confidence: ['claimed'] };
    const crowds = new CrowdFetch(() => filters);
    const { crowd } = await crowds.answer('incidents', '2021-01-01/2021-12-31', signal);
    expect(crowd?.filter).toBe("(category IN ('attack')) AND (confidence IN ('claimed'))");
    expect(crowd?.left).toBe(1_000_000);
    expect(crowd?.all).toBe(1_000_000);
    asked.length = 0;
    await crowds.answer('incidents', '2022-01-01/2022-12-31 whatever', signal);
    expect(asked.every(path => path.includes('/stats/') && path.includes('2022-01-01/2022-12-31'))).toBe(true);
  });

  it('are asked anew by a filter only when the server filters them', () => {
    const state = withFilter(initialState('2026-11-23'), 'category', 'attack');
    expect(question(state, 'incidents')).toBe('datetime=2025-11-24%2F2026-11-23');
    expect(question(state, 'incidents', true)).toBe(
      `datetime=2025-11-24%2F2026-11-23&${new URLSearchParams({ filter: "(category IN ('attack'))" })}`,
    );
  });
});

describe('places and lines', () => {
  /** A server of invented lines, counted by status, voltage and the two countries. */
  function lines(): string[] {
    const asked: string[] = [];
    const groups = [
      { value: ['operating', 220, 'TJ', 'AF'], count: 4000 },
      { value: ['operating', 500, 'TJ', 'TJ'], count: 1500 },
      { value: ['planned', null, 'UZ', 'AF'], count: 500 },
    ];
    vi.stubGlobal('fetch', async (path: string) => {
      asked.push(decodeURIComponent(path));
      return Response.json(
        path.includes('/stats/') ? { groups } : { features: [], links: [{ rel: 'next', href: 'http://x/?cursor=1' }] },
      );
    });
    return asked;
  }

  it('are a crowd by the same rule, counted at once, and told from the counts under every filter', async () => {
    const asked = lines();
    const filters = { ...noFilters, country: ['AF'], status: ['operating'] };
    const crowds = new CrowdFetch(() => filters);
    const answer = await crowds.answer('transmission-lines', 'datetime=2022-01-01', signal);
    expect(asked).toHaveLength(2);
    expect(asked[1]).toBe(
      'api/stats/transmission-lines?by=status,voltage_kv,from_country,to_country&datetime=2022-01-01',
    );
    expect(answer.crowd).toMatchObject({
      all: 6000,
      left: 4000,
      filter: "(status IN ('operating')) AND (from_country IN ('AF') OR to_country IN ('AF'))",
    });
    const rows = (facet: 'status' | 'voltage' | 'country') =>
      legendRows('transmission-lines', facet, answer, filters, null).map(({ code, all, left }) => [code, all, left]);
    expect(rows('status')).toEqual([
      ['operating', 4000, 4000],
      ['planned', 500, 0],
    ]);
    expect(rows('voltage')).toEqual([['220', 4000, 4000]]);
    expect(rows('country')).toEqual([
      ['AF', 4000, 4000],
      ['TJ', 5500, 4000],
    ]);
  });

  it('are each a crowd of their own', async () => {
    lines();
    const crowds = new CrowdFetch(() => noFilters);
    await crowds.answer('transmission-lines', 'datetime=2022-01-01', signal);
    const asked = server(3);
    expect((await crowds.answer('crossings', 'datetime=2022-01-01', signal)).features).toHaveLength(1);
    expect(asked[0]).toContain('api/collections/crossings/items');
  });

  it('are named and coloured by their tile, with the sources of their status', () => {
    const { spots } = readTile(places(), 'crossings', 256);
    expect(spots.map(({ shares, count }) => [shares, count])).toEqual([
      [{ closed: 1 }, 1],
      [{ open: 3, unknown: 4 }, 7],
    ]);
    expect(spots[0]?.feature?.properties).toEqual({ status: 'closed', status_sources: ['one', 'two'] });
  });
});

describe('a line under the pointer', () => {
  const at = (id: string, x: number, ...paths: [number, number][][]): PlacedLine => ({
    feature: { id, geometry: null, properties: {} },
    paths: paths.map(path => path.map(([px, py]) => ({ x: px, y: py }))),
    corner: L.point(x, 0),
  });
  const two = [
    at('a', 0, [
      [0, 0],
      [250, 0],
      [250, 200],
    ]),
    at('b', 0, [
      [0, 12],
      [240, 12],
    ]),
    at('a', 256, [
      [0, 200],
      [40, 200],
    ]),
  ];

  it.each([
    ['on it', 100, 1, 'a'],
    ['nearer to another', 100, 8, 'b'],
    ['on its bend', 251, 150, 'a'],
    ['beyond a finger', 100, 60, null],
    ['in another tile', 280, 203, 'a'],
    ['where its tile ends', 300, 1, null],
  ])('is found %s', (_name, x, y, id) => {
    expect(underLine(two, L.point(x, y), 0)?.feature.id ?? null).toBe(id);
  });

  it('is not looked for beyond the edge of its tile, where another has it', () => {
    expect(
      underLine(
        [
          at('c', 256, [
            [0, 100],
            [40, 100],
          ]),
        ],
        L.point(254, 100),
        0,
      ),
    ).toBeNull();
  });

  it('is found farther off by a finger', () => {
    expect(underLine(two, L.point(100, 25), 0)?.feature.id).toBeUndefined();
    expect(underLine(two, L.point(100, 25), 10)?.feature.id).toBe('b');
  });

  it('has one place for the keyboard, on its longest stretch', () => {
    const places = (...box: [L.Point, L.Point]) =>
      handleOf(two, L.bounds(...box)).map(({ line, at: { x, y } }) => [line.feature.id, x, y]);
    expect(places(L.point(0, 0), L.point(512, 512))).toEqual([
      ['a', 125, 0],
      ['b', 120, 12],
    ]);
    // What is out of sight is not gone to.
    expect(places(L.point(200, 50), L.point(512, 512))).toEqual([['a', 250, 125]]);
  });
});

const spot = (x: number, y: number, count = 1, category = 'attack', id: string | null = `${x},${y}`): Spot => ({
  x,
  y,
  count,
  shares: { [category]: count },
  feature: count === 1 && id !== null ? { id, geometry: null, properties: { category } } : null,
});

describe('groups', () => {
  it('keep every incident and every share, and stay in their cell', () => {
    const spots = Array.from({ length: 400 }, (_, i) =>
      spot((i * 37) % 256, (i * 91) % 256, 1 + (i % 5), i % 2 ? 'attack' : 'closure'),
    );
    const groups = groupSpots(spots);
    const sum = (list: readonly { count: number }[]) => list.reduce((n, { count }) => n + count, 0);
    expect(sum(groups)).toBe(sum(spots));
    const cells = new Set(spots.map(({ x, y }) => `${Math.floor(x / cellSize)},${Math.floor(y / cellSize)}`));
    expect(groups).toHaveLength(cells.size);
    expect(cells.size).toBeGreaterThan(8);
    for (const { x, y, count, shares, spots: members } of groups) {
      expect(Object.values(shares).reduce((a, b) => a + b, 0)).toBe(count);
      expect(Math.floor(x / cellSize)).toBe(Math.floor((members[0]?.x ?? -1) / cellSize));
      expect(Math.floor(y / cellSize)).toBe(Math.floor((members[0]?.y ?? -1) / cellSize));
    }
  });

  it('leave one incident where it is', () => {
    expect(groupSpots([spot(1, 63)])).toMatchObject([{ x: 1, y: 63, count: 1 }]);
  });

  it.each([
    ['far apart', [spot(0, 0), spot(60, 0)], 1],
    ['close', [spot(0, 0), spot(8, 0)], 3],
    ['very close', [spot(0, 0), spot(0.1, 0)], 4],
    ['on one spot', [spot(5, 5), spot(5, 5, 1, 'closure', 'other')], 0],
    ['counted by the server', [spot(5, 5, 9)], 2],
  ])('open %s in so many zooms', (_name, spots, zooms) => {
    const [group] = groupSpots(spots);
    expect(group && zoomsToOpen(group)).toBe(zooms);
  });
});

describe('a tile', () => {
  it('gives single incidents and counted ones, and leaves out its buffer', () => {
    const properties = { category: 'attack', title: 'Invented', start_date: '2021-08-01' };
    expect(readTile(tile(), 'incidents', 256)).toEqual({
      lines: [],
      spots: [
        { x: 64, y: 128, count: 1, shares: { attack: 1 }, feature: { id: 'a', geometry: null, properties } },
        { x: 128, y: 16, count: 7, shares: { attack: 3, closure: 4 }, feature: null },
      ],
    });
    expect(readTile(tile(), 'crossings', 256).spots).toEqual([]);
  });

  it('may be empty', () => {
    expect(readTile(new ArrayBuffer(0), 'incidents', 256)).toEqual({ spots: [], lines: [] });
  });
});

/** A vector tile by hand, after the specification: invented incidents, one of them beyond the edge. */
function tile(): ArrayBuffer {
  const keys = ['id', 'category', 'title', 'start_date', 'count', 'count_attack', 'count_closure'];
  const values = [
    text('a'),
    text('attack'),
    text('Invented'),
    text('2021-08-01'),
    whole(7),
    whole(3),
    whole(4),
    text('b'),
  ];
  const features = [
    point([0, 0, 1, 1, 2, 2, 3, 3], 1024, 2048),
    point([4, 4, 5, 5, 6, 6], 2048, 256),
    point([0, 7], 4100, 5),
  ];
  return layerOf('incidents', keys, values, features);
}

/** Invented crossings: one closed by two sources, and seven that the server counted together. */
function places(): ArrayBuffer {
  const keys = ['id', 'status', 'status_sources', 'count', 'count_open', 'count_unknown'];
  const values = [text('a'), text('closed'), text('["one","two"]'), whole(7), whole(3), whole(4)];
  return layerOf('crossings', keys, values, [point([0, 0, 1, 1, 2, 2], 8, 8), point([3, 3, 4, 4, 5, 5], 900, 900)]);
}

function layerOf(name: string, keys: string[], values: number[][], features: number[][]): ArrayBuffer {
  const layer = [
    ...field(1, bytes(name)),
    ...features.flatMap(feature => field(2, feature)),
    ...keys.flatMap(key => field(3, bytes(key))),
    ...values.flatMap(value => field(4, value)),
    5 << 3,
    ...varint(4096),
    15 << 3,
    2,
  ];
  return new Uint8Array(field(3, layer)).buffer;
}

const bytes = (value: string) => [...new TextEncoder().encode(value)];
const text = (value: string) => field(1, bytes(value));
const whole = (value: number) => [4 << 3, ...varint(value)];
const zigzag = (value: number) => (value << 1) ^ (value >> 31);

function point(tags: number[], x: number, y: number): number[] {
  return [...field(2, tags), 3 << 3, 1, ...field(4, [9, ...varint(zigzag(x)), ...varint(zigzag(y))])];
}

function field(number: number, content: number[]): number[] {
  return [(number << 3) | 2, ...varint(content.length), ...content];
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}

describe('a count in a ring', () => {
  it.each([
    [7, '7'],
    [999, '999'],
    [1000, '1k'],
    [1249, '1.2k'],
    [34_200, '34k'],
    [999_499, '999k'],
    [1_000_000, '1M'],
    [12_300_000, '12M'],
  ])('of %i is %s', (count, short) => {
    expect(shortCount(count)).toBe(short);
  });
});
