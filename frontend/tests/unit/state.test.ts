import { describe, expect, it } from 'vitest';
import { question } from '../../src/feeds';
import { incidentPeriod } from '../../src/period';
import { initialState, withDate, withItem, withLayer, withPeriod, withView } from '../../src/state';

const today = '2026-11-23';
const start = initialState(today);

describe('changes of the state', () => {
  it('leave the same value where nothing changes, so that nothing is fetched or drawn for it', () => {
    expect(withDate(start, today, today)).toBe(start);
    expect(withDate(start, 'not a day', today)).toBe(start);
    expect(withView(start, { ...start.view })).toBe(start);
    expect(withLayer(start, 'bazaars', true)).toBe(start);
    expect(withPeriod(start, null)).toBe(start);
    expect(withItem(start, null)).toBe(start);
  });

  it('keep layers in the order of the panel', () => {
    const off = withLayer(withLayer(start, 'crossings', false), 'incidents', false);
    expect(withLayer(withLayer(off, 'incidents', true), 'crossings', true).layers).toEqual(start.layers);
  });

  it('turn a period round that ends before it begins', () => {
    expect(withPeriod(start, { from: '2022-02-01', to: '2022-01-01' }).period).toEqual({
      from: '2022-01-01',
      to: '2022-02-01',
    });
  });
});

describe('incidents', () => {
  it('are those of the twelve months up to the date', () => {
    expect(incidentPeriod(withDate(start, '2022-05-01', today))).toEqual({ from: '2021-05-02', to: '2022-05-01' });
  });

  it('are those of the reader’s period when there is one, whatever the date', () => {
    const period = { from: '2010-01-01', to: '2011-01-01' };
    expect(incidentPeriod(withPeriod(withDate(start, '2022-05-01', today), period))).toEqual(period);
  });
});

describe('the question to the server', () => {
  it('is the date for what has a status, an interval for incidents, and none for what is off', () => {
    const state = withLayer(withDate(start, '2022-05-01', today), 'bazaars', false);
    expect(question(state, 'crossings')).toBe('datetime=2022-05-01');
    expect(question(state, 'incidents')).toBe('datetime=2021-05-02%2F2022-05-01');
    expect(question(state, 'bazaars')).toBeNull();
  });
});
