import { describe, expect, it, vi } from 'vitest';
import { paddingBeside } from '../../src/covered';
import { restingHeight } from '../../src/details/heights';
import { HistoryBar } from '../../src/details/history-bar';
import { lanesOf, yearsOf } from '../../src/details/lanes';
import { nearestFirst } from '../../src/details/near';
import { sayCoordinates } from '../../src/details/position';
import { sayPrecision } from '../../src/details/span';
import type { StatusPeriod } from '../../src/feature';
import { patternOf } from '../../src/style/pattern';
import { statusOrder, statusStyle } from '../../src/style/status';

/** Made-up periods. */
const period = (from: string, to: string | null, changes: Partial<StatusPeriod> = {}): StatusPeriod => ({
  kind: 'phase',
  status: 'open',
  from,
  from_precision: 'day',
  to,
  end_basis: to === null ? 'ongoing' : 'ended',
  cause: null,
  summary: null,
  sources: [],
  scope: 'feature',
  ...changes,
});

const today = '2020-01-01';
const at = (share: number) => Number(share.toFixed(2));

describe('a history laid out in time', () => {
  it('goes from the year of its first entry to today, or to its own end', () => {
    expect(lanesOf([period('2010-05-01', null)], today)).toMatchObject({ from: '2010-01-01', to: today });
    expect(lanesOf([period('2010-05-01', '2025-01-01')], today).to).toBe('2025-01-01');
    expect(lanesOf([], today).stretches).toEqual([]);
  });

  it('ends where the period is said to end, and no later', () => {
    const history = [
      period('2010-01-01', '2015-01-01'),
      period('2015-01-01', '2015-01-01', { end_basis: 'last_documented' }),
      period('2016-01-01', null, { end_basis: 'unknown', from_precision: 'year' }),
      period('2018-01-01', null),
    ];
    const { stretches } = lanesOf(history, today);
    expect(stretches.map(({ from, to, openEnd }) => [at(from), at(to), openEnd])).toEqual([
      [0, 0.5, false],
      [0.5, 0.5, true],
      [0.6, 0.7, true],
      [0.8, 1, false],
    ]);
  });

  it('shows how far a beginning is not sure', () => {
    const { stretches } = lanesOf([period('2010-01-01', '2015-01-01', { from_precision: 'year' })], today);
    expect(at(stretches[0]?.sure ?? 0)).toBe(0.1);
    expect(lanesOf([period('2010-01-01', '2015-01-01')], today).stretches[0]?.sure).toBe(0);
  });

  it('puts what overlaps below each other, and disruptions below the phases', () => {
    const history = [
      period('2010-01-01', '2015-01-01'),
      period('2014-01-01', '2016-01-01'),
      period('2015-01-01', '2017-01-01'),
      period('2011-01-01', '2011-02-01', { kind: 'disruption' }),
      period('2012-01-01', null, { kind: 'milestone' }),
    ];
    const lanes = lanesOf(history, today);
    expect(lanes.stretches.map(({ lane }) => lane)).toEqual([0, 1, 0, 2]);
    expect([lanes.phases, lanes.disruptions, lanes.milestones.length]).toEqual([2, 1, 1]);
  });

  it('writes few years below', () => {
    expect(yearsOf('2005-01-01', '2026-11-01', 6)).toEqual([
      '2005-01-01',
      '2010-01-01',
      '2015-01-01',
      '2020-01-01',
      '2025-01-01',
    ]);
    expect(yearsOf('2019-01-01', '2020-01-01', 6)).toEqual(['2019-01-01', '2020-01-01']);
  });
});

describe('the bar of a history', () => {
  const history = [period('2010-01-01', '2015-01-01'), period('2015-01-01', null, { status: 'closed' })];

  it('has a button for each turn, of which one is in the way of the tab key and arrows lead to the others', () => {
    const choose = vi.fn();
    const bar = new HistoryBar({ history, date: '2016-01-01', today, chosen: null, choose });
    document.body.replaceChildren(bar.node);
    const turns = [...bar.node.querySelectorAll<HTMLButtonElement>('.bar-turn')];
    expect(turns.map(turn => turn.tabIndex)).toEqual([0, -1]);
    expect(turns[1]?.getAttribute('aria-label')).toBe('Closed: from 1 January 2015, no later change found');
    turns[0]?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }));
    expect(choose).toHaveBeenLastCalledWith(1);
    expect(document.activeElement).toBe(turns[1]);
    expect(turns.map(turn => turn.getAttribute('aria-pressed'))).toEqual(['false', 'true']);
  });

  it('marks the date of the map', () => {
    const bar = new HistoryBar({ history, date: '2015-01-01', today, chosen: 1, choose: () => {} });
    const mark = bar.node.querySelector<HTMLElement>('.bar-date');
    expect(Number.parseFloat(mark?.style.insetInlineStart ?? '')).toBeCloseTo(50, 1);
  });

  it('has a pattern for every status, the same only where the colour is', () => {
    const looks = statusOrder.map(status => `${patternOf(status)} ${statusStyle(status).color}`);
    expect(new Set(statusOrder.filter(s => s !== 'operating').map(patternOf)).size).toBe(statusOrder.length - 1);
    expect(looks[0]).toBe(looks[1]);
    expect(patternOf('a code of another time')).toBe('none');
  });

  it('says how exactly a beginning is known', () => {
    expect(sayPrecision(period('2010-01-01', null, { from_precision: 'month' }))).toContain('month');
    expect(sayPrecision(period('2010-01-01', null))).toContain('first day');
  });
});

describe('the sheet', () => {
  it.each([
    [0.5, 0, 'half', 'half'],
    [0.3, 0, 'half', 'peek'],
    [0.9, 0, 'half', 'full'],
    [0.55, 0.9, 'half', 'full'],
    [0.55, -0.9, 'half', 'peek'],
    [0.1, -0.9, 'peek', 'peek'],
  ] as const)('let go at %d of the room at speed %d from %s rests %s', (share, speed, from, rests) => {
    expect(restingHeight(share, speed, from)).toBe(rests);
  });

  const map = { left: 0, top: 0, right: 400, bottom: 700 };

  it.each([
    ['beside the map', { left: 400, top: 0, right: 800, bottom: 700 }, [48, 48], [48, 48]],
    ['over its right edge', { left: 100, top: 0, right: 400, bottom: 700 }, [48, 48], [348, 48]],
    [
      'over its left edge, in a page from right to left',
      { left: 0, top: 0, right: 300, bottom: 700 },
      [348, 48],
      [48, 48],
    ],
    ['over its lower half', { left: 0, top: 350, right: 400, bottom: 700 }, [48, 48], [48, 398]],
    ['over its head', { left: 8, top: 8, right: 340, bottom: 60 }, [48, 108], [48, 48]],
    ['over its upper left corner', { left: 12, top: 12, right: 112, bottom: 600 }, [160, 48], [48, 48]],
    ['over all of it', { left: 0, top: 0, right: 400, bottom: 700 }, [48, 48], [48, 48]],
  ])('%s leaves the rest to show the place in', (_, sheet, topLeft, bottomRight) => {
    expect(paddingBeside(map, sheet)).toEqual({ paddingTopLeft: topLeft, paddingBottomRight: bottomRight });
  });
});

describe('a place', () => {
  it('is copied as latitude, longitude', () => {
    const geometry = { type: 'Point' as const, coordinates: [71.5797123, 36.7389] };
    expect(sayCoordinates({ id: 'x', geometry, properties: {} })).toBe('36.7389, 71.57971');
    expect(sayCoordinates({ id: 'x', geometry: null, properties: {} })).toBeNull();
  });

  it('has the nearest incidents first', () => {
    const incident = (id: string, distance_m: number | null) => ({ id, geometry: null, properties: { distance_m } });
    const order = nearestFirst([incident('far', 9), incident('unknown', null), incident('b', 1), incident('a', 1)]);
    expect(order.map(({ id }) => id)).toEqual(['a', 'b', 'far', 'unknown']);
  });
});
