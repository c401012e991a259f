import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { countDifferent, differences } from '../../src/compare/difference';
import { changesBetween } from '../../src/compare/questions';
import type { Feature, Item } from '../../src/feature';
import { noFilters } from '../../src/filters/filter';
import { sayCompared } from '../../src/layers/look';
import { Looks } from '../../src/layers/looks';
import { FadeLegend } from '../../src/panel/fade-legend';
import { initialState, withCompare } from '../../src/state';
import { fadeOf, fades, opacityOf } from '../../src/style/fade';
import { confirmingSources, lastConfirmed, sayConfirmed } from '../../src/time/confirmed';
import type { Faded } from '../../src/time/crowd-ages';
import { SourceDates } from '../../src/time/source-dates';

/** An invented crossing whose status nobody was seen to change. */
function feature(properties: object = {}, id = 'f'): Feature {
  const status = {
    status: 'open',
    status_since: '2015-03-01',
    status_since_precision: 'month',
    status_basis: 'ongoing',
  };
  return { id, geometry: null, properties: { ...status, status_sources: ['s1', 's2'], ...properties } };
}

describe('the last confirmation of a status', () => {
  const published = new Map([
    ['s1', '2016'],
    ['s2', null],
    ['s3', '2018-05'],
    ['s4', 'soon'],
  ]);
  const on = (date: string, properties: object = {}) => lastConfirmed(feature(properties), date, published);

  it('is the newest dated source, counted from the last day it can mean', () => {
    expect(on('2026-11-20')).toEqual({ on: '2016', precision: 'year', years: 9 });
    expect(on('2026-12-31')?.years).toBe(10);
    expect(on('2026-11-20', { status_sources: ['s1', 's3'] })).toEqual({ on: '2018-05', precision: 'month', years: 8 });
  });

  it('is the first day of the status where no source has a date', () => {
    expect(on('2026-03-30', { status_sources: ['s2', 's4'] })).toEqual({
      on: '2015-03-01',
      precision: 'month',
      years: 10,
    });
    expect(on('2026-03-31', { status_sources: ['s2', 's4'] })?.years).toBe(11);
  });

  it('is no older than a date before it', () => {
    expect(on('2015-06-01')?.years).toBe(0);
  });

  it.each([
    ['is documented up to a day', { status_basis: 'last_documented' }],
    ['has a known end', { status_basis: 'ended' }],
    ['is certain for its own time only', { status_basis: 'unknown' }],
    ['is not documented at all', { status: 'unknown', status_since: null }],
    ['has a source still to be asked for', { status_sources: ['s1', 'other'] }],
  ])('does not age where the status %s', (_why, properties) => {
    expect(on('2026-11-20', properties)).toBeNull();
  });

  it('asks for the sources of what can age only', () => {
    expect(confirmingSources(feature())).toEqual(['s1', 's2']);
    expect(confirmingSources(feature({ status_basis: 'ended' }))).toEqual([]);
  });

  it('is said in the details, and for how long', () => {
    const source = {
      id: 's1',
      publisher: null,
      title: null,
      url: null,
      published: '2021-08-27',
      accessed: '2026-11-23',
    };
    const item: Item = { ...feature({ status_sources: ['s1', 'lost'] }), statusHistory: [], sources: [source] };
    expect(sayConfirmed(item, '2026-11-20')).toBe('Last confirmed 27 August 2021, 5 years before this date.');
    expect(sayConfirmed(item, '2022-08-27')).toBe('Last confirmed 27 August 2021, 1 year before this date.');
    expect(sayConfirmed(item, '2021-09-01')).toBe('Last confirmed 27 August 2021.');
    expect(sayConfirmed({ ...item, properties: {} }, '2026-11-20')).toBeNull();
  });
});

describe('fading', () => {
  it('goes by steps, the older the paler', () => {
    expect([null, 0, 1, 2, 4, 5, 9, 10, 30].map(fadeOf)).toEqual([0, 0, 0, 1, 1, 2, 2, 3, 3]);
    const opacities = [0, 1, 2, 3].map(step => opacityOf(step as 0));
    expect(opacities).toEqual([...opacities].sort().reverse());
    expect(new Set(opacities).size).toBe(4);
    expect(Math.min(...fades.map(({ opacity }) => opacity))).toBeGreaterThan(0.4); // still to be seen
  });

  it('is in the legend while something is pale', () => {
    const legend = new FadeLegend();
    const faded = (counts: Faded['counts'], unknown: Faded['unknown'] = [], failed = false) =>
      legend.update({ counts, unknown, failed });
    faded(new Map([[1, 0]]));
    expect(legend.node.hidden).toBe(true);
    faded(new Map(), ['crossings']); // on its way
    expect(legend.node.hidden).toBe(true);
    faded(new Map(), ['crossings'], true);
    expect(legend.node.hidden).toBe(false);
    expect(legend.node.textContent).toContain('Not counted here: Crossings.');
    faded(new Map([[1, 4], [3, 2]])); // biome-ignore format: pairs
    expect(legend.node.textContent).not.toContain('Not counted');
    expect(legend.node.hidden).toBe(false);
    expect([...legend.node.querySelectorAll('li')].map(node => node.textContent)).toEqual([
      '2 years or more4',
      '10 years or more2',
    ]);
  });
});

describe('the dates of sources', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const source = (id: string) => ({ id, publisher: null, title: null, url: null, published: '2020', accessed: null });

  it('are asked for once, at most two hundred together, and anew for another record', async () => {
    const fetch = vi.fn(async (ids: readonly string[], _recorded: string | null) => ids.slice(1).map(source));
    const learnt = vi.fn();
    const dates = new SourceDates(learnt, fetch);
    const ids = Array.from({ length: 250 }, (_, index) => `s${index}`);
    dates.want(ids.slice(100));
    dates.want(ids);
    await vi.runAllTimersAsync();
    // In one order, so that what is kept of one visit is found on the next.
    expect(fetch.mock.calls.flatMap(([asked]) => asked)).toEqual([...ids].sort());
    expect(fetch.mock.calls.map(([asked]) => asked.length)).toEqual([200, 50]);
    expect(learnt).toHaveBeenCalledTimes(1);
    expect(dates.published.size).toBe(250);
    expect(dates.published.get('s0')).toBeNull(); // the server names none of this id
    dates.want(ids);
    await vi.runAllTimersAsync();
    expect(fetch).toHaveBeenCalledTimes(2);
    dates.setRecorded('2026-05-01T12:00:00Z');
    expect(dates.published.size).toBe(0);
    dates.want(['s1']);
    await vi.runAllTimersAsync();
    expect(fetch.mock.lastCall?.[1]).toBe('2026-05-01T12:00:00Z');
  });

  it('stay unknown where the server does not answer, so that nothing fades by mistake', async () => {
    const dates = new SourceDates(vi.fn(), async () => {
      throw new Error('no answer');
    });
    dates.want(['s1']);
    await vi.runAllTimersAsync();
    expect(dates.published.has('s1')).toBe(false);
  });

  it('make features pale when they are learnt', async () => {
    let learn = () => {};
    const changed = vi.fn();
    const looks = new Looks(changed, onLearnt => {
      learn = onLearnt;
      return new SourceDates(learn, async ids => ids.map(source));
    });
    const features = [feature({ status_since: '2010-01-01', status_since_precision: 'day' })];
    looks.setFeed(
      'crossings',
      { phase: 'ready', answer: { features, timeStamp: null } },
      { date: '2026-11-20', recorded: null },
    );
    expect(looks.faded().counts.get(2)).toBe(0);
    await vi.runAllTimersAsync();
    expect(changed).toHaveBeenCalled();
    expect(looks.faded().counts.get(2)).toBe(1);
    expect(looks.of('crossings', features[0] ?? feature()).fade).toBe(2);
  });
});

describe('two dates', () => {
  const at = (id: string, status: string) => ({ ...feature({ status }), id });

  it('differ by status, and by what was not there', () => {
    const now = new Map([['crossings', [at('a', 'open'), at('b', 'closed'), at('c', 'open')]]] as const);
    const then = new Map([['crossings', [at('a', 'open'), at('b', 'open'), at('gone', 'open')]]] as const);
    const found = differences(now, then, '2020-01-01');
    expect(Object.fromEntries(found)).toEqual({
      'crossings/a': 'same',
      'crossings/b': { date: '2020-01-01', status: 'open' },
      'crossings/c': { date: '2020-01-01', status: null },
    });
    expect(countDifferent(found)).toBe(2);
    expect(sayCompared(found.get('crossings/b'))).toBe('Open on 1 January 2020');
    expect(sayCompared(found.get('crossings/c'))).toBe('Not there on 1 January 2020');
    expect(sayCompared(found.get('crossings/a'))).toBe('');
  });

  it('are those of what the filters leave', () => {
    const [now, then] = [
      new Map([['crossings', [at('a', 'open'), at('b', 'closed')]]] as const),
      new Map([['crossings', []]] as const),
    ];
    const found = differences(now, then, '2020-01-01', { ...noFilters, status: ['closed'] });
    expect([...found.keys()]).toEqual(['crossings/b']);
  });

  it('are compared only where both were answered for', () => {
    expect(differences(new Map([['bazaars', [at('a', 'open')]]] as const), new Map(), '2020-01-01').size).toBe(0);
  });

  it('ask for the days after the earlier, up to the later, whichever comes first', () => {
    const state = { ...initialState('2026-11-23'), date: '2022-05-01' };
    for (const [date, other] of [
      ['2022-05-01', '2020-01-01'],
      ['2020-01-01', '2022-05-01'],
    ]) {
      // biome-ignore format: pairs
      const query = new URLSearchParams(changesBetween({ ...state, date: date ?? '' }, other ?? '', '1,2,3,4')[0]);
      expect([query.get('from'), query.get('to'), query.get('bbox')]).toEqual(['2020-01-02', '2022-05-01', '1,2,3,4']);
    }
    expect(changesBetween(state, '2022-05-01', '')).toEqual([]);
    expect(
      changesBetween({ ...withCompare(state, '2020-01-01', '2026-11-23'), layers: ['incidents'] }, '2020-01-01', ''),
    ).toEqual([]);
  });
});
