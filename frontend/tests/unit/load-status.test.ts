import { describe, expect, it } from 'vitest';
import type { CollectionId } from '../../src/collections';
import type { Feed } from '../../src/feeds';
import { ApiError } from '../../src/fetching';
import { LoadStatus } from '../../src/load-status';
import { initialState, type State } from '../../src/state';

const state: State = { ...initialState('2022-05-08'), layers: ['bazaars', 'incidents'] };
const ready: Feed = { phase: 'ready', answer: { features: [], timeStamp: null } };
const failed: Feed = { phase: 'failed', error: new ApiError('offline', null, null) };

function saidOf(feeds: Partial<Record<CollectionId, Feed>>): string {
  let said = '';
  const status = new LoadStatus(
    text => {
      said = text;
    },
    () => {},
  );
  for (const [id, feed] of Object.entries(feeds)) status.setFeed(id as CollectionId, feed, state);
  return said;
}

describe('the status line', () => {
  it('does not say that something is shown where nothing was answered', () => {
    const feeds = { crossings: { phase: 'off' } as const, bazaars: failed, incidents: failed };
    expect(saidOf(feeds)).toBe('Nothing could be loaded for 8 May 2022');
  });

  it('says the period of the incidents only where they were answered', () => {
    expect(saidOf({ bazaars: ready, incidents: failed })).toBe('Shown as of 8 May 2022');
    expect(saidOf({ bazaars: failed, incidents: ready })).toBe('Shown as of 8 May 2022; incidents since 9 May 2021');
  });
});
