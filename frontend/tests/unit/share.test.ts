import { describe, expect, it } from 'vitest';
import { tableOf as closuresTable } from '../../src/charts/closures';
import { monthsOf } from '../../src/charts/counts';
import { stack } from '../../src/charts/plot';
import { csvOf } from '../../src/charts/table';
import { fragmentOf } from '../../src/embed/address';
import { addressOf } from '../../src/embed/element';
import { type Asked, keptHeaders, kindOf, mayKeep } from '../../src/offline/keep';
import { bibtexOf } from '../../src/share/cite';
import { embedCode } from '../../src/share/dialog';
import { initialState } from '../../src/state';

const scope = 'https://oxus.test/maps/';
const asked = (path: string, change: Partial<Asked> = {}): Asked => ({
  method: 'GET',
  url: scope + path,
  mode: 'cors',
  hasKey: false,
  ...change,
});

describe('the service worker', () => {
  it.each([
    ['', { mode: 'navigate' }, 'shell'],
    ['?source=installed', { mode: 'navigate' }, 'shell'],
    ['index.html', { mode: 'navigate' }, 'shell'],
    ['maintain', { mode: 'navigate' }, 'none'],
    ['embed?date=2022-05-01', { mode: 'navigate' }, 'none'],
    ['api/collections/crossings/items', { mode: 'navigate' }, 'none'],
    ['assets/index-abc.js', {}, 'asset'],
    ['api/collections/crossings/items?datetime=2022-05-01', {}, 'data'],
    ['api/collections/crossings/schema', {}, 'data'],
    ['api/stats/incidents?by=month', {}, 'data'],
    ['api/collections/crossings/items', { hasKey: true }, 'none'],
    ['api/collections/crossings/items', { method: 'POST' }, 'none'],
    ['api/imports', {}, 'none'],
    ['api/imports/1/preview', {}, 'none'],
    ['api/mappings', {}, 'none'],
    ['api/session', {}, 'none'],
    ['api/events', {}, 'none'],
    ['api/crossings.shp.zip?bbox=1,2,3,4', {}, 'none'],
    ['sw.js', {}, 'none'],
  ] as const)('takes %s %o for %s', (path, change, kind) => {
    expect(kindOf(asked(path, change), scope)).toBe(kind);
  });

  it('leaves other folders and hosts alone', () => {
    expect(kindOf({ ...asked(''), url: 'https://oxus.test/api/collections' }, scope)).toBe('none');
    expect(kindOf({ ...asked(''), url: 'https://other.test/maps/api/collections' }, scope)).toBe('none');
  });

  it.each([
    [200, 'no-cache', true],
    [200, null, true],
    [200, 'private, max-age=60', false],
    [200, 'no-store', false],
    [404, 'no-cache', false],
    [206, 'no-cache', false],
  ])('keeps an answer of %s with %s: %s', (status, caching, kept) => {
    expect(mayKeep(status, caching)).toBe(kept);
  });

  it('keeps with an answer when it came', () => {
    const headers = new Headers({ 'content-encoding': 'gzip', 'content-length': '5', etag: 'W/"1"' });
    const kept = keptHeaders(headers, new Date('2026-11-27T12:04:00Z'));
    expect(Object.fromEntries(kept)).toEqual({ etag: 'W/"1"', 'x-oxus-stored': '2026-11-27T12:04:00.000Z' });
  });
});

describe('an embedded map', () => {
  it('takes the fields of the address as a query or as a fragment', () => {
    const fragment = fragmentOf('?map=7%2F37.6%2F69.9&date=2022-05-01&item=incidents%2Fa%2520b%2Fc', '');
    expect(fragment).toBe('#map=7/37.6/69.9&date=2022-05-01&item=incidents/a%2520b%2Fc');
    expect(fragmentOf('?date=2020-01-01', '#date=2022-05-01')).toBe('#date=2022-05-01');
  });

  it('is asked of a server of the web alone, with the attributes that are given', () => {
    const given: Record<string, string> = { view: '8/36.9/71.5', date: '2022-05-01', layers: 'crossings,bazaars' };
    const address = addressOf('https://oxus.test/maps/embed.js', name => given[name] ?? null);
    expect(address).toBe('https://oxus.test/maps/embed?map=8%2F36.9%2F71.5&date=2022-05-01&layers=crossings%2Cbazaars');
    expect(addressOf('javascript:alert(1)', () => null)).toBeNull();
    expect(addressOf('data:text/html,x', () => null)).toBeNull();
  });

  it('has a code that is one frame, whatever the address holds', () => {
    const code = embedCode('https://oxus.test/"><script>', initialState('2026-11-27'));
    expect(code.match(/"/g)).toHaveLength(12);
    expect(code).toContain('&amp;date=2026-11-27');
  });
});

describe('a citation', () => {
  it('is BibTeX, with braces of the address escaped', () => {
    const bibtex = bibtexOf('https://oxus.test/#item=x/{y}', '2022-05-01', '2026-11-27T12:00:00Z');
    expect(bibtex).toContain('url = {https://oxus.test/#item=x/%7By%7D}');
    expect(bibtex).toContain('year = {2026}');
    expect(bibtex).toContain('As recorded 2026-11-27T12:00:00Z');
  });
});

describe('charts', () => {
  it('have every month from the first of the period to the last, and years that have no month', () => {
    const months = ['2021', '2021-10', '2021-11', '2021-12', '2022-01', '2022-02'];
    expect(monthsOf(['2022-02', '2021-11', '2021'], '2021-10-28')).toEqual(months);
    expect(monthsOf([], '2021-10-28')).toEqual([]);
  });

  it('have no month before the period, whatever began there', () => {
    expect(monthsOf(['2021-07', '2020', '2025-12'], '2025-11-28')).toEqual(['2025-11', '2025-12']);
    expect(monthsOf(['2021-07'], '2025-11-28')).toEqual([]);
  });

  it('stack each count on those before it', () => {
    expect(
      stack([
        [1, 2],
        [0, 3],
        [4, 0],
      ]),
    ).toEqual([
      [1, 2],
      [1, 5],
      [5, 5],
    ]);
  });

  it('tell the days closed from those suspended', () => {
    const bridge = {
      id: 'x',
      name: 'Unbuilt',
      days: 365,
      days_closed: 365,
      days_by_status: { suspended: 360, closed: 5 },
    };
    expect(closuresTable([bridge])).toMatchObject({
      columns: ['Crossing', 'Days closed', 'Days suspended', 'Days with unknown status', 'Days counted'],
      rows: [['Unbuilt', 5, 360, 0, 365]],
    });
  });

  it('give tables that no spreadsheet takes for formulas', () => {
    const table = {
      name: 'x',
      columns: ['a', 'b'],
      rows: [
        ['=1+1', 2],
        ['say "so", twice', -3],
      ],
    };
    expect(csvOf(table)).toBe('a,b\r\n\'=1+1,2\r\n"say ""so"", twice",-3\r\n');
  });
});
