import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fetchApi } from '../../src/api';
import { ApiError } from '../../src/fetching';
import { startOffline } from '../../src/offline/start';
import { sayError } from '../../src/say-error';

/** As much of a registration as the page asks of it. */
class Registration extends EventTarget {
  waiting: { postMessage(message: unknown): void } | null = null;
  installing: (EventTarget & { state: string; postMessage(message: unknown): void }) | null = null;
  active = null;
}

let registration: Registration;
let worker: EventTarget & { controller: object | null };
let posted: unknown[];

beforeEach(() => {
  registration = new Registration();
  posted = [];
  worker = Object.assign(new EventTarget(), {
    controller: {},
    register: async () => registration,
    ready: Promise.resolve(registration),
  });
  Object.defineProperty(navigator, 'serviceWorker', { value: worker, configurable: true });
});

afterEach(() => {
  Reflect.deleteProperty(navigator, 'serviceWorker');
  vi.unstubAllGlobals();
  document.body.replaceChildren();
});

const answer = (headers: Record<string, string>, status = 200) =>
  vi.stubGlobal('fetch', async () => new Response(status === 200 ? '{}' : null, { status, headers }));
const ask = () => fetchApi('collections', new AbortController().signal);
const bar = () => document.querySelector<HTMLElement>('.offline-bar');

describe('the bar', () => {
  it('says of when the data is, by the oldest answer, until the server answers', async () => {
    await startOffline(document.body);
    expect(bar()?.hidden).toBe(true);
    answer({ 'x-oxus-stored': '2026-11-27T20:04:00Z' });
    await ask();
    answer({ 'x-oxus-stored': '2026-11-26T20:04:00Z' });
    await ask();
    expect(bar()?.textContent).toBe('Offline. Data as of 12:04, 26 November 2026.');
    expect(bar()?.hidden).toBe(false);
    answer({});
    await ask();
    expect(bar()?.hidden).toBe(true);
  });

  it('offers a new version of the page and leaves it to the reader', async () => {
    await startOffline(document.body);
    const coming = Object.assign(new EventTarget(), {
      state: 'installed',
      postMessage: (message: unknown) => posted.push(message),
    });
    registration.installing = coming;
    registration.dispatchEvent(new Event('updatefound'));
    coming.dispatchEvent(new Event('statechange'));
    expect(bar()?.hidden).toBe(false);
    expect(posted).toEqual([]);
    bar()?.querySelector('button')?.click();
    expect(posted).toEqual([{ type: 'take-over' }]);
  });

  it('offers nothing the first time a worker comes', async () => {
    worker.controller = null;
    await startOffline(document.body);
    registration.installing = Object.assign(new EventTarget(), { state: 'installed', postMessage: () => {} });
    registration.dispatchEvent(new Event('updatefound'));
    registration.installing.dispatchEvent(new Event('statechange'));
    expect(bar()?.hidden).toBe(true);
  });
});

describe('what was never seen', () => {
  it('is said to be not available offline', async () => {
    answer({ 'x-oxus-not-stored': '1' }, 504);
    const error = await ask().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ApiError);
    expect(sayError(error)).toContain('not available offline');
  });
});

describe('the worker', () => {
  it('is told what was asked for before it was there, also where the answer comes later, and nothing else', async () => {
    let observing = false;
    let tell: (list: { getEntries(): object[] }) => void = () => {};
    vi.stubGlobal(
      'PerformanceObserver',
      class {
        constructor(told: typeof tell) {
          tell = told;
        }
        observe({ buffered }: { buffered: boolean }): void {
          observing = buffered;
        }
      },
    );
    worker.controller = null;
    const active = { postMessage: (message: unknown) => posted.push(message) };
    Object.assign(registration, { active });
    await startOffline(document.body);
    await vi.waitFor(() => expect(observing).toBe(true));
    tell({
      getEntries: () => [
        { name: 'api/late', workerStart: 0 },
        { name: 'api/late', workerStart: 0 },
        { name: 'api/through-it', workerStart: 12 },
      ],
    });
    tell({ getEntries: () => [{ name: 'api/through-it', workerStart: 13 }] });
    expect(posted).toEqual([{ type: 'keep', urls: ['api/late'] }]);
  });
});
