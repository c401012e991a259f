import { describe, expect, it, vi } from 'vitest';
import { countryNames } from '../../src/search/countries';
import { countriesOf, type Entry, entriesOf, entryOf, nameAs } from '../../src/search/entries';
import { find, findCountries } from '../../src/search/find';
import { isThere } from '../../src/search/lifetime';
import { Names } from '../../src/search/names';

/** Names as the curated data give them. */
const crossing = (
  id: string,
  name_en: string,
  name_tg: string,
  name_ru: string,
  name_fa: string,
  alt_names: string[],
) =>
  entryOf('crossings', {
    id,
    geometry: null,
    properties: { name_en, name_tg, name_ru, name_fa, alt_names, side_a_country: 'TJ', side_b_country: 'AF' },
  });

const entries: Entry[] = [
  crossing(
    'panji-poyon-sherkhan-bandar',
    'Panji Poyon – Sherkhan Bandar',
    'Панҷи Поён',
    'Нижний Пяндж – Шерхан-Бандар',
    'شیرخان بندر',
    ['Nizhny Panj', 'Qizil Qala'],
  ),
  crossing('ishkoshim-eshkashem', 'Ishkoshim – Eshkashem', 'Ишкошим', 'Ишкашим', 'اشکاشم', ['Ishkashim bridge']),
  crossing('tem-demogan', 'Tem – Demogan', 'Тем', 'Тем – Демоган', 'تم – دموگان', ['Khorog bridge']),
  crossing('islam-qala-dogharun', 'Dogharun – Islam Qala', 'Исломқалъа', 'Ислам-Кала', 'اسلام قلعه – دوغارون', []),
  entryOf('incidents', {
    id: 'ishkashim-taken',
    geometry: null,
    properties: { title: 'Ishkashim district taken', category: 'armed_clash', country: 'Afghanistan' },
  }),
];

const first = (typed: string) => find(entries, typed, 10)[0]?.entry.key.id;

describe('the search', () => {
  it.each(['ishkoshim', 'Ишкошим', 'ИШКАШИМ', 'اشکاشم', 'eshkashem', 'ishk', 'اشکا', 'ishkoshim-eshkashem'])(
    'finds Ishkoshim by %s, the crossing before the incident',
    typed => {
      const found = find(entries, typed, 10).map(({ entry }) => entry.key.id);
      expect(found[0]).toBe('ishkoshim-eshkashem');
      expect(found).not.toContain('tem-demogan');
    },
  );

  it.each([
    ['khorugh', 'tem-demogan'],
    ['Хорог', 'tem-demogan'],
    ['sher khan', 'panji-poyon-sherkhan-bandar'],
    ['bandar sherkhan', 'panji-poyon-sherkhan-bandar'],
    ['пяндж', 'panji-poyon-sherkhan-bandar'],
    ['islomqala', 'islam-qala-dogharun'],
    ['eslam qaleh', 'islam-qala-dogharun'],
    ['qizil', 'panji-poyon-sherkhan-bandar'],
  ])('finds %s', (typed, id) => {
    expect(first(typed)).toBe(id);
  });

  it('takes a date for what it is, and no other day of the same figures', () => {
    const properties = { title: 'Rockets at Termez', category: 'rocket_fire', country: 'Uzbekistan' };
    const rockets = entryOf('incidents', { id: 'termez-rockets-2022-07-05', geometry: null, properties });
    const found = (typed: string) => find([rockets], typed, 10).length;
    expect(found('termez-rockets-2022-07-05')).toBe(1);
    expect(found('rockets 2022-07')).toBe(1);
    expect(found('termez-rockets-2022-07-0')).toBe(1);
    expect(found('termez-rockets-2022-05-07')).toBe(0);
    expect(found('rockets 2022-05')).toBe(0);
  });

  it('does not take China for a city', () => {
    const herat = crossing('herat-city', 'Herat city', 'Ҳирот', 'Герат', 'هرات', []);
    expect(find([herat], 'Китай', 10)).toEqual([]);
    expect(find([herat], 'hirat city', 10)).toHaveLength(1);
  });

  it('says by which name', () => {
    expect(find(entries, 'khorog', 1)[0]?.name.written).toBe('Khorog bridge');
  });

  it.each(['', '   ', '—', 'zzz', 'x'.repeat(3000)])('finds nothing by %j', typed => {
    expect(find(entries, typed, 10)).toEqual([]);
  });

  it('puts the sure before the faint', () => {
    const ranks = find(entries, 'tem', 10).map(({ rank }) => rank);
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
    expect(first('tem')).toBe('tem-demogan');
  });

  it('is over within a frame of the screen, of 2,000 names', () => {
    const many = Array.from({ length: 334 }, (_, n) =>
      crossing(`made-up-${n}`, `Made-up place ${n}`, `Ҷои ${n}`, `Место ${n}`, `جای ${n}`, [`Alias ${n}`]),
    );
    const asked = ['place', 'место 19', 'جای', 'eshkashem', 'made-up place 199'];
    const times = Array.from({ length: 20 }, () => {
      const start = performance.now();
      for (const typed of asked) find(many, typed, 12);
      return (performance.now() - start) / asked.length;
    }).sort((a, b) => a - b);
    // The median: another program may have the processor now and then.
    expect(times[10]).toBeLessThan(16);
  });
});

describe('countries', () => {
  const names = new Map(Object.entries(countryNames).map(([code, written]) => [code, written.map(nameAs)]));

  it.each([
    ['Tajik', 'TJ'],
    ['тоҷик', 'TJ'],
    ['Таджикистан', 'TJ'],
    ['تاجیکستان', 'TJ'],
    ['af', 'AF'],
    ['Афғонистон', 'AF'],
    ['افغانستان', 'AF'],
    ['Ӯзбекистон', 'UZ'],
  ])('are found by %s', (typed, code) => {
    expect(findCountries(names, typed)).toContain(code);
  });

  it('are those an item lies between, by code or by name', () => {
    expect(countriesOf({ side_a_country: 'TJ', side_b_country: 'AF' })).toEqual(['TJ', 'AF']);
    expect(countriesOf({ country: 'Afghanistan' })).toEqual(['AF']);
    expect(countriesOf({ country: 'Belgium' })).toEqual(['Belgium']);
    expect(entriesOf(new Map())).toEqual([]);
  });
});

describe('the names', () => {
  it('are asked for once, of what has changed again, and stay known when that fails', async () => {
    const asked: string[] = [];
    let failing = true;
    vi.stubGlobal('fetch', async (path: string) => {
      const collection = /collections\/([^/]+)/.exec(path)?.[1] ?? '';
      asked.push(collection);
      if (failing) return new Response('{}', { status: 500 });
      return Response.json({ features: [{ id: collection, geometry: null, properties: {} }] });
    });
    const loaded = vi.fn();
    const names = new Names(loaded);
    await names.load();
    expect(asked).toHaveLength(6);
    expect([names.entries, names.stale, loaded.mock.calls.length]).toEqual([null, true, 1]);
    expect(names.error).toMatchObject({ status: 500 });
    failing = false;
    await names.load();
    await names.load();
    expect(asked).toHaveLength(12);
    expect([names.entries?.length, names.error, names.stale]).toEqual([6, null, false]);
    names.forget(['bazaars']);
    failing = true;
    await names.load();
    expect(asked.slice(12)).toEqual(['bazaars']);
    expect([names.entries?.length, names.error, names.stale]).toEqual([6, null, true]);
    names.setRecorded('2026-05-01T00:00:00Z');
    expect(names.entries).toBe(null);
    vi.unstubAllGlobals();
  });

  it('that change while they are on their way are asked for once more', async () => {
    const asked: string[] = [];
    vi.stubGlobal('fetch', async (path: string) => {
      asked.push(/collections\/([^/]+)/.exec(path)?.[1] ?? '');
      return Response.json({ features: [] });
    });
    const names = new Names(() => {});
    const loading = names.load();
    names.forget(['crossings']);
    await loading;
    await vi.waitFor(() => expect(names.stale).toBe(false));
    expect(asked.slice(6)).toEqual(['crossings']);
    vi.unstubAllGlobals();
  });
});

describe('whether an item is there', () => {
  const on = (properties: Record<string, string>, date: string) =>
    isThere(entryOf('bazaars', { id: 'made-up', geometry: null, properties }), { date, period: null });

  it.each([
    [{}, '2010-01-01', true],
    [{ valid_from: '2015-06-10' }, '2015-06-09', false],
    [{ valid_from: '2015-06-10' }, '2015-06-10', true],
    [{ valid_from: '2015-06-10', valid_from_precision: 'month' }, '2015-06-01', true],
    [{ valid_from: '2015-06-10', valid_from_precision: 'year' }, '2014-12-31', false],
    [{ valid_to: '2015-06-10' }, '2015-06-10', true],
    [{ valid_to: '2015-06-10' }, '2015-06-11', false],
    [{ valid_to: '2015-02-01', valid_to_precision: 'month' }, '2015-02-28', true],
    [{ valid_to: '2015-02-01', valid_to_precision: 'month' }, '2015-03-01', false],
  ])('%j on %s: %s', (properties, date, there) => {
    expect(on(properties, date)).toBe(there);
  });

  it('is asked of the period for incidents', () => {
    const properties = {
      start_date: '2021-08-01',
      start_precision: 'month',
      end_date: '2021-08-01',
      end_precision: 'month',
    };
    const incident = entryOf('incidents', { id: 'made-up', geometry: null, properties });
    expect(isThere(incident, { date: '2022-08-30', period: null })).toBe(true);
    expect(isThere(incident, { date: '2022-09-30', period: null })).toBe(false);
    expect(isThere(incident, { date: '2026-01-01', period: { from: '2021-01-01', to: '2021-12-31' } })).toBe(true);
  });
});
