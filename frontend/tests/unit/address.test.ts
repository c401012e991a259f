import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readAddress, unreadOf, writeAddress } from '../../src/address';
import { addressFields } from '../../src/address-fields';
import { collectionIds } from '../../src/collections';
import { addDays, firstDay } from '../../src/dates';
import { radii } from '../../src/details/radii';
import { type Facet, facets, noFilters } from '../../src/filters/filter';
import { languageCodes } from '../../src/language/languages';
import { columns } from '../../src/list/order';
import { initialState, type State } from '../../src/state';
import { type Pace, paces, strides } from '../../src/time/player';
import { type Zoom, zooms } from '../../src/time/span';

const today = '2026-11-23';

describe('the address', () => {
  it('says everything the reader chose', () => {
    const state: State = {
      view: { zoom: 8, lat: 36.7389, lon: 71.5797 },
      date: '2022-05-01',
      period: { from: '2021-01-01', to: '2021-12-31' },
      years: 'five',
      stride: 'change',
      pace: 'fast',
      layers: ['crossings', 'bazaars'],
      filters: { ...noFilters, status: ['closed', 'unknown'], country: ['TJ'] },
      online: true,
      item: { collection: 'bazaars', id: 'ishkoshim-bazaar' },
      list: true,
      order: { column: 'since', down: true },
      near: 10_000,
      charts: { from: '2020-01-01', to: '2021-12-31' },
      compare: '2023-10-01',
      recorded: '2026-05-01T12:00:00Z',
      lang: 'tg',
    };
    expect(writeAddress(state)).toBe(
      '#map=8/36.7389/71.5797&date=2022-05-01&period=2021-01-01/2021-12-31&years=5&step=change&pace=fast&layers=crossings,bazaars&status=closed,unknown&country=TJ&online=1&item=bazaars/ishkoshim-bazaar&within=10000&list=1&sortby=-since&charts=2020-01-01/2021-12-31&compare=2023-10-01&recorded=2026-05-01T12:00:00Z&lang=tg',
    );
  });

  it('comes back as it went, whatever the state', () => {
    const random = generator(7);
    for (let round = 0; round < 500; round++) {
      const state = anyState(random);
      expect(readAddress(writeAddress(state), today)).toEqual(state);
    }
  });

  it.each([
    ['', 'nothing'],
    ['#', 'an empty fragment'],
    [
      '#map=99/200/1000&date=2022-13-45&layers=rivers&item=rivers/panj&period=a/b&compare=2021-02-30&recorded=2022-01-01&years=2&lang=xx&step=week&pace=0&sortby=-price&within=1&charts=2021-02-30/2022-01-01',
      'nonsense in every field',
    ],
    ['#item=bazaars/%E0%A4%A', 'a cut percent sign'],
    ['#unknown=1&map', 'fields of another time'],
    ['#recorded=2026-11-24T00:00:00Z', 'an instant of a day that has not come'],
  ])('takes %j for the first view: %s', hash => {
    expect(readAddress(hash, today)).toEqual(initialState(today));
  });

  it('keeps what it understands beside what it does not', () => {
    expect(readAddress('#map=oops&date=2015-06-01', today)).toEqual({ ...initialState(today), date: '2015-06-01' });
  });

  it('clamps dates to the range of the slider', () => {
    expect(readAddress('#date=1990-01-01', today).date).toBe(firstDay);
    expect(readAddress('#date=2090-01-01&compare=1990-01-01', today)).toMatchObject({ date: today, compare: firstDay });
  });

  it.each([
    ['#map=7/37/70&date=2022-05-01&layers=crossings&status=closed,open&years=all&pace=normal&online=0', []],
    ['#layers=&period=2022-01-01/2021-01-01&recorded=2026-05-01T12:00Z&lang=fa-AF&', []],
    ['#date=2022-02-31', ['date=2022-02-31']],
    ['#date=1990-01-01&compare=2090-01-01', ['date=1990-01-01', 'compare=2090-01-01']],
    ['#layers=crossings,rivers&status=closed,ajar', ['layers=crossings,rivers', 'status=closed,ajar']],
    ['#period=2021-02-30/2021-12-31&charts=2021', ['period=2021-02-30/2021-12-31', 'charts=2021']],
    ['#map&zoom=7&recorded=2026-11-24T00:00:00Z', ['map', 'zoom=7', 'recorded=2026-11-24T00:00:00Z']],
  ])('tells what of %j is not taken as it stands', (hash, unread) => {
    expect(unreadOf(hash, today)).toEqual(unread);
  });

  it('has nothing untold in what it wrote itself', () => {
    const random = generator(11);
    for (let round = 0; round < 200; round++) expect(unreadOf(writeAddress(anyState(random)), today)).toEqual([]);
  });

  it('is described field by field', () => {
    const guide = readFileSync(join(import.meta.dirname, '../../../docs/guide.md'), 'utf8');
    const [, section = ''] = guide.split('\n## The map page\n');
    const table = (section.split('\n## ')[0] ?? '').split('\n').filter(line => line.startsWith('| `'));
    const named = table.flatMap(row => row.split('|')[1]?.match(/[a-z]+(?=[`=])/g) ?? []);
    expect(named).toEqual(addressFields.map(({ name }) => name));
  });

  it('can say that every layer is off', () => {
    const state = { ...initialState(today), layers: [] };
    expect(readAddress(writeAddress(state), today).layers).toEqual([]);
  });
});

function anyState(random: () => number): State {
  const day = () => addDays(firstDay, Math.floor(random() * 9000));
  const [from = '', to = ''] = [day(), day()].sort();
  const id = `item-${Math.floor(random() * 1e6)}-ӣ & =/`.replace('/', random() < 0.5 ? '' : '%');
  const collection = one(random, collectionIds);
  return {
    view: {
      zoom: Math.floor(random() * 15),
      lat: Number((random() * 180 - 90).toFixed(4)),
      lon: Number((random() * 360 - 180).toFixed(4)),
    },
    date: day(),
    period: random() < 0.5 ? null : { from, to },
    years: one(random, Object.keys(zooms) as Zoom[]),
    stride: one(random, strides),
    pace: one(random, Object.keys(paces) as Pace[]),
    layers: collectionIds.filter(() => random() < 0.5),
    filters: Object.fromEntries(facets.map(facet => [facet, codes(random, facet)])) as unknown as State['filters'],
    online: random() < 0.5,
    item: random() < 0.5 ? null : { collection, id },
    list: random() < 0.5,
    order: { column: one(random, columns), down: random() < 0.5 },
    near: one(random, radii),
    charts: random() < 0.5 ? null : { from, to },
    compare: random() < 0.5 ? null : day(),
    recorded: random() < 0.5 ? null : `${day()}T${random() < 0.5 ? '23:59:59' : '00:00:00'}Z`,
    lang: one(random, [null, ...languageCodes]),
  };
}

function one<T>(random: () => number, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T;
}

/** Codes in their order: of facets that have no others their own, else some with what an address escapes. */
function codes(random: () => number, facet: Facet): string[] {
  const own: Partial<Record<Facet, string[]>> = { status: ['closed', 'open'], voltage: ['500', 'unknown'] };
  const all = own[facet] ?? ["Côte d'Ivoire", 'a_b', 'closed', 'Тоҷикистон'];
  return all.filter(() => random() < 0.3).sort();
}

/** The same numbers on every run (a linear congruential generator). */
function generator(seed: number): () => number {
  let value = seed;
  return () => {
    value = (value * 1664525 + 1013904223) % 2 ** 32;
    return value / 2 ** 32;
  };
}
