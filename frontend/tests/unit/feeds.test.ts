import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Answer } from '../../src/api';
import type { CollectionId } from '../../src/collections';
import { type Feed, Feeds } from '../../src/feeds';
import { ApiError } from '../../src/fetching';
import { initialState, type State, withDate, withLayer } from '../../src/state';

const today = '2026-11-23';
const only = (state: State): State => ({ ...state, layers: ['crossings'] });
const start = only(initialState(today));
const at = (date: string) => withDate(start, date, today);

interface Question {
  readonly query: string;
  readonly signal: AbortSignal;
  readonly answer: (answer: Answer) => void;
  readonly fail: (error: unknown) => void;
}

let questions: Question[];
let heard: [CollectionId, Feed][];
let feeds: Feeds;

function fetchLater(_id: CollectionId, query: string, signal: AbortSignal): Promise<Answer> {
  return new Promise((answer, fail) => questions.push({ query, signal, answer, fail }));
}

function answerOf(id: string): Answer {
  return { features: [{ id, geometry: null, properties: {} }], timeStamp: null };
}

const phases = () => heard.filter(([id]) => id === 'crossings').map(([, feed]) => feed.phase);

beforeEach(() => {
  vi.useFakeTimers();
  questions = [];
  heard = [];
  feeds = new Feeds(fetchLater, (id, feed) => heard.push([id, feed]));
});

afterEach(() => {
  vi.useRealTimers();
});

describe('feeds', () => {
  it('ask once for the date a drag ends on', async () => {
    feeds.update(start);
    await vi.runAllTimersAsync();
    for (const date of ['2022-01-01', '2022-02-01', '2022-03-01']) feeds.update(at(date));
    await vi.runAllTimersAsync();
    expect(questions.map(({ query }) => query)).toEqual([`datetime=${today}`, 'datetime=2022-03-01']);
  });

  it('never show an answer to an older question, even one that comes last', async () => {
    feeds.update(at('2022-01-01'));
    await vi.runAllTimersAsync();
    feeds.update(at('2022-02-01'));
    await vi.runAllTimersAsync();
    expect(questions[0]?.signal.aborted).toBe(true);
    questions[1]?.answer(answerOf('new'));
    questions[0]?.answer(answerOf('old'));
    await vi.runAllTimersAsync();
    const ready = heard.flatMap(([, feed]) => (feed.phase === 'ready' ? [feed.answer.features[0]?.id] : []));
    expect(ready).toEqual(['new']);
  });

  it('do not report a cancelled question as a failure', async () => {
    feeds.update(at('2022-01-01'));
    await vi.runAllTimersAsync();
    feeds.update(at('2022-02-01'));
    questions[0]?.fail(new DOMException('aborted', 'AbortError'));
    await vi.runAllTimersAsync();
    expect(phases()).not.toContain('failed');
  });

  it('ask nothing again that has been asked', async () => {
    feeds.update(start);
    await vi.runAllTimersAsync();
    feeds.update(start);
    feeds.update({ ...start, view: { zoom: 5, lat: 30, lon: 60 } });
    await vi.runAllTimersAsync();
    expect(questions).toHaveLength(1);
  });

  it('drop the question of a layer that is switched off', async () => {
    feeds.update(start);
    await vi.runAllTimersAsync();
    feeds.update(withLayer(start, 'crossings', false));
    questions[0]?.answer(answerOf('late'));
    await vi.runAllTimersAsync();
    expect(phases()).toEqual(['busy', 'off']);
  });

  it('ask again for what failed, and for nothing else', async () => {
    const both: State = { ...start, layers: ['crossings', 'bazaars'] };
    feeds.update(both);
    await vi.runAllTimersAsync();
    questions[0]?.fail(new ApiError('network', null, null));
    questions[1]?.answer(answerOf('bazaar'));
    await vi.runAllTimersAsync();
    expect(phases()).toEqual(['busy', 'failed']);
    feeds.retry(both);
    await vi.runAllTimersAsync();
    expect(questions).toHaveLength(3);
    questions[2]?.answer(answerOf('crossing'));
    await vi.runAllTimersAsync();
    expect(phases()).toEqual(['busy', 'failed', 'busy', 'ready']);
  });

  it('are settled when the last answer is in', async () => {
    feeds.update(start);
    await vi.runAllTimersAsync();
    let settled = false;
    void feeds.settled().then(() => {
      settled = true;
    });
    await vi.runAllTimersAsync();
    expect(settled).toBe(false);
    questions[0]?.answer(answerOf('one'));
    await vi.runAllTimersAsync();
    expect(settled).toBe(true);
  });

  it('renew what has changed without a word until the new answer is there', async () => {
    feeds.update(start);
    await vi.runAllTimersAsync();
    questions[0]?.answer(answerOf('old'));
    await vi.runAllTimersAsync();
    feeds.refresh(start, ['crossings', 'bazaars']);
    expect(phases()).toEqual(['busy', 'ready']);
    questions[1]?.answer(answerOf('new'));
    await vi.runAllTimersAsync();
    expect(phases()).toEqual(['busy', 'ready', 'ready']);
    feeds.refresh(start, ['crossings']);
    questions[2]?.fail(new ApiError('network', null, null));
    await vi.runAllTimersAsync();
    expect(phases()).toEqual(['busy', 'ready', 'ready']);
    expect(questions).toHaveLength(3);
  });

  it('ask anew for what changed while it was on its way', async () => {
    feeds.update(start);
    await vi.runAllTimersAsync();
    feeds.refresh(start, ['crossings']);
    await vi.runAllTimersAsync();
    questions[0]?.answer(answerOf('old'));
    questions[1]?.answer(answerOf('new'));
    await vi.runAllTimersAsync();
    const ready = heard.flatMap(([, feed]) => (feed.phase === 'ready' ? [feed.answer.features[0]?.id] : []));
    expect(ready).toEqual(['new']);
  });
});
