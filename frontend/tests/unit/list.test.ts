import { describe, expect, it, vi } from 'vitest';
import type { CollectionId } from '../../src/collections';
import type { Feature } from '../../src/feature';
import type { Feed } from '../../src/feeds';
import { CrowdRows } from '../../src/list/crowd-rows';
import { boxAround, isInView } from '../../src/list/in-view';
import { List } from '../../src/list/list';
import { nextOrder } from '../../src/list/order';
import { listingOf, type Row, rowOf } from '../../src/list/rows';
import { sorted } from '../../src/list/sort';

const box = { west: 70, south: 36, east: 72, north: 38 };
const point = (lon: number, lat: number) => ({ type: 'Point' as const, coordinates: [lon, lat] });

describe('what is in view', () => {
  it.each([
    ['a point within', point(71, 37), true],
    ['a point on the edge', point(70, 36), true],
    ['a point beside', point(69.9, 37), false],
    [
      'a line that ends within',
      {
        type: 'LineString',
        coordinates: [
          [60, 37],
          [71, 37],
        ],
      },
      true,
    ],
    [
      'a line that only passes through',
      {
        type: 'LineString',
        coordinates: [
          [69, 37],
          [73, 37.5],
        ],
      },
      true,
    ],
    [
      'an upright line that passes through',
      {
        type: 'LineString',
        coordinates: [
          [71, 30],
          [71, 40],
        ],
      },
      true,
    ],
    [
      'a line around the corner, whose own box would touch',
      {
        type: 'LineString',
        coordinates: [
          [69, 37],
          [71, 40],
        ],
      },
      false,
    ],
    [
      'a line beside',
      {
        type: 'LineString',
        coordinates: [
          [60, 30],
          [60, 40],
        ],
      },
      false,
    ],
    [
      'the second part of several',
      {
        type: 'MultiLineString',
        coordinates: [
          [
            [0, 0],
            [1, 1],
          ],
          [
            [69, 37],
            [73, 37],
          ],
        ],
      },
      true,
    ],
    ['no place', null, false],
  ] as const)('%s', (_, geometry, expected) => {
    expect(isInView(geometry as never, box)).toBe(expected);
  });

  it('has a box around it', () => {
    expect(boxAround([point(71, 37), null, point(69, 38)])).toEqual({ west: 69, south: 37, east: 71, north: 38 });
    expect(boxAround([null])).toBeNull();
  });
});

const bazaar: Feature = {
  id: 'made-up',
  geometry: point(71, 37),
  properties: {
    name_en: 'Made-up market',
    status: 'closed',
    status_since: '2021-08-01',
    status_since_precision: 'month',
    side_a_country: 'TJ',
    side_b_country: 'AF',
  },
};

const ready = (...features: Feature[]): Feed => ({ phase: 'ready', answer: { features, timeStamp: null } });

describe('the rows of the list', () => {
  it('say name, kind, status, since and countries in words', () => {
    expect(rowOf('bazaars', bazaar)).toEqual({
      key: { collection: 'bazaars', id: 'made-up' },
      name: 'Made-up market',
      kind: 'Border bazaars',
      code: 'closed',
      status: 'Closed',
      since: 'August 2021',
      day: '2021-08-01',
      country: 'Tajikistan – Afghanistan',
    });
    expect(rowOf('incidents', { ...bazaar, properties: { country: 'Afghanistan' } }).country).toBe('Afghanistan');
    expect(rowOf('incidents', { ...bazaar, properties: { country: 'Belgium' } }).country).toBe('Belgium');
    expect(rowOf('bazaars', { ...bazaar, properties: {} })).toMatchObject({
      status: 'Unknown',
      since: '',
      country: '',
    });
  });

  it('are those in view; the others are counted, and what is missing is named', () => {
    const listing = listingOf(
      new Map<never, Feed>([
        ['bazaars', ready(bazaar, { ...bazaar, geometry: point(10, 10) }, { ...bazaar, geometry: null })],
        ['incidents', { phase: 'busy' }],
        ['crossings', { phase: 'off' }],
      ] as never),
      box,
    );
    expect(listing.rows).toHaveLength(1);
    expect(listing).toMatchObject({ total: 3, inView: 1, unplaced: 1, missing: ['incidents'] });
  });

  it('are the first that the server finds of a crowd', () => {
    const crowd = { collection: 'crossings', asked: '', filter: null, counts: {}, all: 8000, left: 8000 } as const;
    const feeds = new Map<CollectionId, Feed>([
      ['crossings', { phase: 'ready', answer: { features: [], timeStamp: null, crowd } }],
      ['bazaars', ready(bazaar)],
    ]);
    expect(listingOf(feeds, box)).toMatchObject({ total: 8001, inView: 1, missing: ['crossings'], first: [] });
    const found = new Map([['crossings', { features: [bazaar, bazaar], matched: 700, unplaced: 12 }]] as const);
    expect(listingOf(feeds, box, found)).toMatchObject({
      total: 8001,
      inView: 701,
      unplaced: 12,
      missing: [],
      first: ['crossings'],
    });
    expect(listingOf(feeds, box, found).rows.map(({ kind }) => kind)).toEqual([
      'Crossings',
      'Crossings',
      'Border bazaars',
    ]);
  });

  it('of a crowd are asked for once for a view, and again for another', async () => {
    const asked: string[] = [];
    vi.stubGlobal('fetch', async (path: string) => {
      const box = new URLSearchParams(path.split('?')[1]).get('bbox');
      asked.push(box ?? 'no position');
      return Response.json({ features: [bazaar], numberMatched: 9 });
    });
    const crowd = {
      collection: 'crossings',
      asked: 'datetime=2022-05-01',
      filter: null,
      counts: {},
      all: 8000,
      left: 8000,
    } as const;
    const feeds = new Map<CollectionId, Feed>([
      ['crossings', { phase: 'ready', answer: { features: [], timeStamp: null, crowd } }],
    ]);
    const answered = vi.fn();
    const rows = new CrowdRows(answered, 0);
    expect(rows.within(feeds, box).size).toBe(0);
    await vi.waitFor(() => expect(answered).toHaveBeenCalledTimes(1));
    expect(rows.within(feeds, box).get('crossings')?.matched).toBe(9);
    expect(asked).toEqual(['70,36,72,38', 'no position']);
    expect(rows.within(feeds, { ...box, west: 71 }).size).toBe(0);
    await vi.waitFor(() => expect(answered).toHaveBeenCalledTimes(2));
    expect(asked).toEqual(['70,36,72,38', 'no position', '71,36,72,38']);
    // The same answered anew, because the data changed: what was found stands until it is found again.
    feeds.set('crossings', { phase: 'ready', answer: { features: [], timeStamp: null, crowd: { ...crowd } } });
    expect(rows.within(feeds, { ...box, west: 71 }).size).toBe(1);
    await vi.waitFor(() => expect(answered).toHaveBeenCalledTimes(3));
    expect(asked.slice(3)).toEqual(['71,36,72,38', 'no position']);
    vi.unstubAllGlobals();
  });
});

describe('the list', () => {
  it('that is drawn anew leaves the keyboard at the button that turns its pages', () => {
    document.documentElement.lang = 'en';
    const list = new List({ select: () => {}, close: () => {}, setOrder: () => {} });
    document.body.append(list.node);
    const rows = Array.from({ length: 101 }, (_, n) => rowOf('bazaars', { ...bazaar, id: `b${n}` }));
    const listing = { rows, total: 101, inView: 101, unplaced: 0, missing: [], first: [] };
    const show = (down = false) => list.show(listing, '2022-05-01', { column: 'name', down });
    show();
    list.node.querySelector<HTMLElement>('[data-step="1"]')?.click();
    expect(list.node.querySelector('.list-pages span')?.textContent).toBe('Page 2 of 2');
    list.node.querySelector<HTMLElement>('[data-step="-1"]')?.focus();
    show();
    expect((document.activeElement as HTMLElement).dataset.step).toBe('-1');
    // Another order is read from its beginning.
    show(true);
    expect(list.node.querySelector('.list-pages span')?.textContent).toBe('Page 1 of 2');
    list.node.remove();
  });
});

describe('the order of the list', () => {
  const row = (name: string, day: string): Row => ({ ...rowOf('bazaars', bazaar), name, day });
  const rows = [row('Market 10', ''), row('market 9', '2021-01-01'), row('Àai', '2022-01-01')];
  const names = (column: 'name' | 'since', down: boolean) =>
    sorted(rows, { column, down }, 'en').map(({ name }) => name);

  it('is that of the language, and of numbers in names', () => {
    expect(names('name', false)).toEqual(['Àai', 'market 9', 'Market 10']);
    expect(names('name', true)).toEqual(['Market 10', 'market 9', 'Àai']);
  });

  it('puts what is not known last either way', () => {
    expect(names('since', false)).toEqual(['market 9', 'Àai', 'Market 10']);
    expect(names('since', true)).toEqual(['Àai', 'market 9', 'Market 10']);
  });

  it('turns round when its column is chosen again', () => {
    expect(nextOrder({ column: 'name', down: false }, 'name')).toEqual({ column: 'name', down: true });
    expect(nextOrder({ column: 'name', down: true }, 'since')).toEqual({ column: 'since', down: false });
  });
});
