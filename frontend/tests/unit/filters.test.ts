import { describe, expect, it, vi } from 'vitest';
import type { Answer } from '../../src/api';
import type { Feature } from '../../src/feature';
import {
  codesIn,
  countSet,
  type Filters,
  noFilters,
  passes,
  readCodes,
  serverFilter,
  toggled,
} from '../../src/filters/filter';
import { Filtered } from '../../src/filters/filtered';
import { legendRows } from '../../src/filters/legend';
import { Panel } from '../../src/panel/panel';
import { initialState, withFilter, withoutFilters } from '../../src/state';

const feature = (id: string, properties: Record<string, unknown>): Feature => ({ id, geometry: null, properties });

// Invented rows.
const places = [
  feature('a', { status: 'open', side_a_country: 'TJ', side_b_country: 'AF' }),
  feature('b', { status: 'closed', side_a_country: 'TJ', side_b_country: 'UZ' }),
  feature('c', { status: 'closed', side_a_country: 'UZ', side_b_country: 'AF' }),
  feature('d', {}),
];
const events = [
  feature('e', { category: 'attack', confidence: 'claimed', country: 'Tajikistan' }),
  feature('f', { category: 'closure', confidence: 'confirmed', country: 'Germany' }),
];
const answer: Answer = { features: places, timeStamp: null };

describe('a filter', () => {
  it.each<[string, Partial<Filters>, string[]]>([
    ['nothing', {}, ['a', 'b', 'c', 'd']],
    ['one status', { status: ['closed'] }, ['b', 'c']],
    ['either of two', { status: ['closed', 'open'] }, ['a', 'b', 'c']],
    ['what is not known', { status: ['unknown'] }, ['d']],
    ['two facets together', { status: ['closed'], country: ['AF'] }, ['c']],
    ['a country not known', { country: ['unknown'] }, ['d']],
    ['a facet that places do not have', { voltage: ['500'], category: ['attack'] }, ['a', 'b', 'c', 'd']],
  ])('of %s leaves what it should', (_name, asked, left) => {
    const filters = { ...noFilters, ...asked };
    expect(places.filter(place => passes(filters, 'crossings', place)).map(({ id }) => id)).toEqual(left);
  });

  it('knows the countries of incidents by their names, and voltages by their class', () => {
    expect(events.map(event => codesIn('country', event))).toEqual([['TJ'], ['DE']]);
    const volts = [500, 330, 220, 110, 35, null].map(kv => codesIn('voltage', feature('l', { voltage_kv: kv }))[0]);
    expect(volts).toEqual(['500', '300', '220', '110', 'low', 'unknown']);
  });

  it('is turned on and off code by code, and cleared at once', () => {
    const start = initialState('2026-11-23');
    const both = withFilter(withFilter(start, 'status', 'open'), 'status', 'closed');
    expect(both.filters.status).toEqual(['closed', 'open']);
    expect(countSet(both.filters)).toBe(2);
    expect(withFilter(both, 'status', 'open').filters.status).toEqual(['closed']);
    expect(withoutFilters(both).filters).toEqual(noFilters);
    expect(withoutFilters(start)).toBe(start);
  });

  it('is asked of the server as CQL2, whatever stands in a code', () => {
    const filters: Filters = { ...noFilters, category: ['attack', 'closure'], country: ["Cote d'Or", 'TJ', 'unknown'] };
    expect(serverFilter('incidents', noFilters)).toBeNull();
    expect(serverFilter('incidents', filters)).toBe(
      "(category IN ('attack','closure')) AND (country IN ('Cote d''Or','Tajikistan') OR country IS NULL)",
    );
    expect(serverFilter('incidents', filters, 'country')).toBe("(category IN ('attack','closure'))");
    expect(serverFilter('incidents', { ...noFilters, status: ['open'] })).toBeNull();
  });

  it.each([
    ['crossings', { status: ['closed', 'unknown'] }, "(status IN ('closed','unknown'))"],
    [
      'bazaars',
      { country: ['AF', 'unknown'] },
      "(side_a_country IN ('AF') OR side_b_country IN ('AF') OR (side_a_country IS NULL AND side_b_country IS NULL))",
    ],
    ['power-facilities', { country: ['unknown'] }, '(country IS NULL)'],
    [
      'transmission-lines',
      { voltage: ['500', 'low', 'unknown'] },
      '(voltage_kv >= 500 OR (voltage_kv >= 0 AND voltage_kv < 100) OR voltage_kv IS NULL)',
    ],
    ['casa-1000', { voltage: ['300'], category: ['attack'] }, '((voltage_kv >= 300 AND voltage_kv < 500))'],
  ] as const)('is asked of %s by what they have: %o', (collection, filters, asked) => {
    expect(serverFilter(collection, { ...noFilters, ...filters })).toBe(asked);
  });

  it('reads no more from an address than codes', () => {
    expect(readCodes('status', "closed,<b>,%zz,',closed")).toEqual(['closed']);
    expect(readCodes('category', Array.from({ length: 50 }, (_, i) => `c${i}`).join())).toHaveLength(20);
    expect(toggled(noFilters, 'country', 'TJ').country).toEqual(['TJ']);
  });
});

describe('the filters of an address', () => {
  it('are no status and no voltage that there cannot be, which would leave nothing', () => {
    expect(readCodes('status', 'bogus,open,unknown')).toEqual(['open', 'unknown']);
    expect(readCodes('voltage', '500,12345,unknown')).toEqual(['500', 'unknown']);
    expect(readCodes('category', 'of_tomorrow')).toEqual(['of_tomorrow']);
    expect(readCodes('status', 'bogus')).toEqual([]);
  });
});

describe('the legend under a filter', () => {
  it('counts what is left, and says what there is without it', () => {
    const filters = { ...noFilters, status: ['closed'], country: ['AF'] };
    const rows = legendRows('crossings', 'status', answer, filters, null);
    expect(rows.map(({ code, left, all, chosen }) => [code, left, all, chosen])).toEqual([
      ['open', 0, 1, false],
      ['closed', 1, 1, true],
    ]);
  });

  it('keeps a code that is chosen and does not occur, so that it can be taken back', () => {
    const rows = legendRows('crossings', 'status', answer, { ...noFilters, status: ['damaged'] }, null);
    expect(rows.find(({ code }) => code === 'damaged')).toMatchObject({ left: 0, all: 0, chosen: true });
  });

  it('takes the counts of a crowd from the server', () => {
    const all = new Map(Object.entries({ attack: 7000, closure: 3000 }));
    const counts = { category: { all, left: new Map(Object.entries({ closure: 3000 })) } };
    const asked = { collection: 'incidents', asked: 'datetime=2026-01-01', filter: null } as const;
    const crowd = { ...asked, counts, all: 10_000, left: 3000 };
    const rows = legendRows(
      'incidents',
      'category',
      { features: [], timeStamp: null, crowd },
      { ...noFilters, category: ['closure'] },
      null,
    );
    expect(rows.map(({ code, left, all }) => [code, left, all])).toEqual([
      ['attack', 0, 7000],
      ['closure', 3000, 3000],
    ]);
  });

  it('is buttons that keep the focus, and a button that clears', () => {
    const actions = {
      toggle: vi.fn(),
      setPeriod: vi.fn(),
      select: vi.fn(),
      toggleFilter: vi.fn(),
      clearFilters: vi.fn(),
    };
    const panel = new Panel(actions, true);
    document.body.replaceChildren(panel.node);
    panel.setFeed('crossings', { phase: 'ready', answer });
    const row = () =>
      panel.node.querySelector<HTMLButtonElement>('[data-collection="crossings"] [data-code="closed"] button');
    row()?.focus();
    row()?.click();
    expect(actions.toggleFilter).toHaveBeenCalledWith('status', 'closed');
    panel.update(withFilter(initialState('2026-11-23'), 'status', 'closed'));
    expect(row()?.getAttribute('aria-pressed')).toBe('true');
    expect(document.activeElement).toBe(row());
    expect(panel.node.querySelector('[data-collection="crossings"] .layer-count')?.textContent).toBe('2');
    const clear = panel.node.querySelector<HTMLButtonElement>('.clear-filters');
    expect(clear?.textContent).toBe('Clear 1 filter');
    clear?.click();
    expect(actions.clearFilters).toHaveBeenCalledOnce();
  });
});

describe('what is drawn under a filter', () => {
  it('dims places and leaves incidents out', () => {
    const draw = vi.fn();
    const filtered = new Filtered(draw);
    filtered.setFeed('crossings', { phase: 'ready', answer });
    filtered.setFeed('incidents', { phase: 'ready', answer: { features: events, timeStamp: null } });
    draw.mockClear();
    filtered.setFilters({ ...noFilters, status: ['open'], category: ['attack'] });
    const drawn = Object.fromEntries(draw.mock.calls);
    expect(drawn.crossings.features).toHaveLength(4);
    expect([...drawn.crossings.dimmed]).toEqual(['b', 'c', 'd']);
    expect(drawn.incidents.features.map(({ id }: Feature) => id)).toEqual(['e']);
  });

  it('takes off what failed and leaves what is on its way', () => {
    const draw = vi.fn();
    const filtered = new Filtered(draw);
    filtered.setFeed('crossings', { phase: 'busy' });
    expect(draw).not.toHaveBeenCalled();
    filtered.setFeed('crossings', { phase: 'off' });
    expect(draw).toHaveBeenCalledWith('crossings', { features: [], dimmed: new Set(), crowd: null });
  });
});
