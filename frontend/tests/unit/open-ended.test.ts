import { describe, expect, it } from 'vitest';
import type { Feed } from '../../src/feeds';
import { LoadStatus } from '../../src/load-status';
import { openEndedShown, sayOpenEnded } from '../../src/open-ended';
import { PeriodControl } from '../../src/panel/period-control';
import { initialState, type State, withFilter } from '../../src/state';

const state: State = { ...initialState('2026-11-27'), layers: ['incidents'] };

function incident(id: string, start: string, precision: string, end: string | null) {
  const properties = { category: 'trade', start_date: start, start_precision: precision, end_date: end };
  return { id, geometry: null, properties };
}

function feedOf(...features: ReturnType<typeof incident>[]): Feed {
  return { phase: 'ready', answer: { features, timeStamp: null } };
}

const feed = feedOf(
  incident('before', '2023-05-27', 'day', null),
  incident('before-it-ended', '2025-10-15', 'month', '2025-11-30'),
  // Of a month in which the period begins: it may have begun within.
  incident('same-month', '2025-11-01', 'month', null),
  incident('within', '2025-12-15', 'day', null),
);

describe('incidents without a known end', () => {
  it('are counted where they began before the period', () => {
    expect(openEndedShown(feed, state)).toBe(1);
    expect(openEndedShown(feed, withFilter(state, 'category', 'security'))).toBe(0);
    expect(openEndedShown({ phase: 'busy' }, state)).toBe(0);
  });

  it('are said beside the period, in the status line and in the panel', () => {
    const said: string[] = [];
    const status = new LoadStatus(
      text => said.push(text),
      () => {},
    );
    status.setFeed('incidents', feed, state);
    const sentence = '1 of those shown began earlier, its end is not known.';
    expect(said.at(-1)).toBe(`Shown as of 27 November 2026; incidents since 28 November 2025. ${sentence}`);
    status.update(withFilter(state, 'category', 'security'));
    expect(said.at(-1)).not.toContain('began earlier');

    const control = new PeriodControl(() => {});
    control.update(state, 5);
    expect(control.node.textContent).toContain('5 of those shown began earlier, their end is not known.');
  });

  it('are not said where there are none', () => {
    expect(sayOpenEnded('Shown', 0)).toBe('Shown');
  });
});
