import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, fetchJson } from '../../src/fetching';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A server that gives these answers one after the other; an error is a line that was cut. */
function serve(...answers: (Response | Error)[]) {
  const fetch = vi.fn(async () => {
    const answer = answers.shift();
    if (answer === undefined || answer instanceof Error) throw answer ?? new Error('asked too often');
    return answer;
  });
  vi.stubGlobal('fetch', fetch);
  return fetch;
}

const cut = () => new TypeError('Failed to fetch');
const busy = (headers = {}) => Response.json({ detail: 'busy' }, { status: 503, headers });

async function ask(signal = new AbortController().signal): Promise<unknown> {
  const asked = fetchJson('api/x', signal).catch((error: unknown) => error);
  await vi.runAllTimersAsync();
  return asked;
}

describe('fetching', () => {
  it.each([
    ['a cut line', cut()],
    ['a busy server', busy()],
    ['one that says when', busy({ 'Retry-After': '2' })],
  ])('asks again after %s', async (_what, first) => {
    const fetch = serve(first, Response.json({ answer: 42 }));
    expect(await ask()).toEqual({ answer: 42 });
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it('waits as long as the server asks', async () => {
    serve(busy({ 'Retry-After': '2' }), Response.json({}));
    const begun = Date.now();
    await ask();
    expect(Date.now() - begun).toBe(2000);
  });

  it.each([
    ['a cut line', () => cut(), 'network', 3],
    ['a busy server', () => busy(), 'refused', 3],
    ['one that asks for minutes', () => busy({ 'Retry-After': '600' }), 'refused', 1],
    ['a refusal that stands', () => Response.json({ detail: 'no' }, { status: 400 }), 'refused', 1],
  ])('gives up at last with %s', async (_what, answer, kind, times) => {
    const fetch = serve(answer(), answer(), answer(), answer());
    const error = await ask();
    expect(error).toBeInstanceOf(ApiError);
    expect((error as ApiError).kind).toBe(kind);
    expect(fetch).toHaveBeenCalledTimes(times);
  });

  it('asks no more once the question is cancelled', async () => {
    const fetch = serve(cut(), Response.json({}));
    const abort = new AbortController();
    const asked = fetchJson('api/x', abort.signal).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(100);
    abort.abort();
    await vi.runAllTimersAsync();
    expect(await asked).toBe(abort.signal.reason);
    expect(fetch).toHaveBeenCalledTimes(1);
  });
});
