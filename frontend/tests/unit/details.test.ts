import { describe, expect, it } from 'vitest';
import { anchorOf } from '../../src/details/anchor';
import { itemContent } from '../../src/details/content';
import type { DetailContext } from '../../src/details/context';
import { sayWhen } from '../../src/details/incident';
import { newKept } from '../../src/details/kept';
import { sayPosition } from '../../src/details/position';
import { saySpan } from '../../src/details/span';
import { statusSentences } from '../../src/details/status';
import { element } from '../../src/dom';
import type { Item, StatusPeriod } from '../../src/feature';
import { sayRange } from '../../src/quantity';

const period: StatusPeriod = {
  kind: 'phase',
  status: 'closed',
  from: '2021-08-01',
  from_precision: 'month',
  to: '2023-09-02',
  end_basis: 'ended',
  cause: 'taliban_takeover',
  summary: null,
  sources: ['s1'],
  scope: 'feature',
};

const item: Item = {
  id: 'market',
  geometry: { type: 'Point', coordinates: [71.5, 36.7] },
  properties: {
    name_en: 'Market <img src=x onerror=alert(1)>',
    name_fa: 'بازار',
    status: 'closed',
    status_since: '2021-08-01',
    status_since_precision: 'month',
    status_until: '2023-09-02',
    status_basis: 'ended',
    status_cause: 'taliban_takeover',
    position_accuracy_m: 2000,
    built_year: 2007,
    side_a_admin2: 'Ishkoshim',
    side_a_country: 'TJ',
  },
  statusHistory: [period],
  sources: [
    {
      id: 's1',
      publisher: 'A',
      title: 'Good',
      url: 'https://a.example/x',
      published: '2023-09',
      accessed: '2026-11-23',
    },
    { id: 's2', publisher: 'B', title: 'Bad', url: 'javascript:alert(1)', published: null, accessed: null },
  ],
};

const key = { collection: 'bazaars', id: 'market' } as const;

const context: DetailContext = {
  date: '2022-05-01',
  recorded: null,
  today: '2026-11-23',
  incidents: { from: '2021-05-02', to: '2022-05-01' },
  kept: newKept(25_000),
  actions: { select: () => {}, setDate: () => {}, setNear: () => {} },
  near: async () => ({ features: [], timeStamp: null }),
  signal: new AbortController().signal,
};

describe('details', () => {
  const node = element('article', {}, ...itemContent(key, item, context).parts);

  it('show texts as texts, whatever they hold', () => {
    expect(node.querySelector('img')).toBeNull();
    expect(node.querySelector('h2')?.textContent).toContain('<img');
  });

  it('link web addresses only', () => {
    const links = [...node.querySelectorAll('a')].map(link => link.getAttribute('href'));
    expect(links).toContain('https://a.example/x');
    expect(links.filter(href => !/^(https?:|api\/)/.test(href ?? ''))).toEqual([]);
    expect(node.textContent).toContain('Bad');
    for (const link of node.querySelectorAll('a')) expect(link.getAttribute('rel')).toContain('noopener');
  });

  it('say status, dates, cause, accuracy, and years as years', () => {
    expect(node.textContent).toContain('Closed');
    expect(node.textContent).toContain(
      'Since August 2021. Until 2 September 2023. Cause: change of power in Afghanistan, 2021.',
    );
    expect(node.textContent).toContain('Within about 2 km');
    expect(node.textContent).toContain('2007');
    expect(node.textContent).not.toContain('2,007');
    expect(node.querySelector('[lang="fa"]')?.getAttribute('dir')).toBe('rtl');
  });

  it('say that nothing is documented rather than guess', () => {
    const unknown = { ...item, properties: { status: 'unknown' } };
    expect(statusSentences(unknown, '2015-06-01')).toEqual(['Nothing is documented for 1 June 2015.']);
  });

  it('say how the end of a period is known', () => {
    expect(saySpan(period)).toBe('August 2021 to 2 September 2023');
    expect(saySpan({ ...period, end_basis: 'last_documented' })).toBe('August 2021, last documented 2 September 2023');
    expect(saySpan({ ...period, to: null, end_basis: 'ongoing' })).toBe('from August 2021, no later change found');
    expect(saySpan({ ...period, to: null, end_basis: 'unknown' })).toBe('August 2021, end not found');
    expect(saySpan({ ...period, kind: 'milestone' })).toBe('August 2021');
  });

  it('say where a thing is only as well as it is known', () => {
    expect(sayPosition({ id: 'x', geometry: null, properties: {} })).toMatch(/No known position/);
    expect(sayPosition({ ...item, properties: {} })).toMatch(/not stated/);
    const geometry = {
      type: 'LineString' as const,
      coordinates: [
        [70, 37],
        [71, 38],
        [72, 39],
      ],
    };
    expect(sayPosition({ id: 'x', geometry, properties: { geometry_accuracy_m: 30000 } })).toMatch(/Schematic.* 30 km/);
    expect(anchorOf(geometry)).toMatchObject({ lat: 38, lng: 71 });
    expect(anchorOf(null)).toBeNull();
  });
});

describe('incidents', () => {
  it.each([
    [null, null, 'no figure given'],
    [0, 0, 'none, as a source says'],
    [0, 3, '0 to 3'],
    [55, 55, '55'],
    [2, null, 'at least 2'],
    [null, 4, 'at most 4'],
  ])('say %j to %j fatalities as "%s"', (low, high, words) => {
    expect(sayRange(low, high)).toBe(words);
  });

  it('say when to the precision known', () => {
    expect(
      sayWhen({ start_date: '2021-05-01', start_precision: 'month', end_date: '2021-05-01', end_precision: 'month' }),
    ).toBe('May 2021');
    expect(
      sayWhen({ start_date: '2021-04-28', start_precision: 'day', end_date: '2021-05-01', end_precision: 'day' }),
    ).toBe('28 April 2021 to 1 May 2021');
  });

  it('show a row for figures even when there are none', () => {
    const incident: Item = { id: 'i', geometry: null, properties: { title: 'T' }, statusHistory: [], sources: [] };
    const { parts } = itemContent({ collection: 'incidents', id: 'i' }, incident, context);
    const node = element('article', {}, ...parts);
    expect(node.textContent).toContain('no figure given');
    expect(node.querySelector('.detail-status')).toBeNull();
  });
});
