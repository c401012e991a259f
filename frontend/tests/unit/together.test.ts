import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Versions } from '../../src/fetching';
import { followTogether } from '../../src/live/together';

class Stream extends EventTarget {
  static readonly open = new Set<Stream>();
  constructor() {
    super();
    Stream.open.add(this);
  }
  close(): void {
    Stream.open.delete(this);
  }
  tell(versions: Versions): void {
    this.dispatchEvent(new MessageEvent('versions', { data: JSON.stringify({ versions }) }));
  }
}

/** One lock, for whoever asks first; the next when it is let go. */
class Locks {
  #last: Promise<unknown> = Promise.resolve();
  request(_: string, { signal }: { signal: AbortSignal }, use: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(() => (signal.aborted ? Promise.reject(new Error('given up')) : use()));
    this.#last = turn.catch(() => {});
    return turn;
  }
}

const stream = () => {
  const [only, ...more] = Stream.open;
  if (!only || more.length > 0) throw new Error(`${Stream.open.size} streams`);
  return only;
};

describe('frames that follow together', () => {
  beforeEach(() => {
    vi.stubGlobal('EventSource', Stream);
    Object.defineProperty(navigator, 'locks', { value: new Locks(), configurable: true });
  });
  afterEach(() => {
    Reflect.deleteProperty(navigator, 'locks');
    Stream.open.clear();
    vi.unstubAllGlobals();
  });

  it('have one stream, tell who comes later what was heard, and hand it on', async () => {
    const heard: Record<string, Versions[]> = { a: [], b: [] };
    const leaveA = followTogether(
      versions => heard.a?.push(versions),
      () => {},
    );
    await vi.waitFor(() => expect(Stream.open.size).toBe(1));
    stream().tell({ bazaars: '1', crossings: '1' });
    const leaveB = followTogether(
      versions => heard.b?.push(versions),
      () => {},
    );
    await vi.waitFor(() => expect(heard.b).toEqual([{ bazaars: '1', crossings: '1' }]));
    stream().tell({ bazaars: '2' });
    await vi.waitFor(() => expect(heard.b).toHaveLength(2));
    expect(heard.a).toEqual([{ bazaars: '1', crossings: '1' }, { bazaars: '2' }]);
    const first = stream();
    leaveA();
    await vi.waitFor(() => expect(Stream.open.has(first)).toBe(false));
    await vi.waitFor(() => expect(Stream.open.size).toBe(1));
    stream().tell({ bazaars: '3' });
    expect(heard.b?.at(-1)).toEqual({ bazaars: '3' });
    leaveB();
    await vi.waitFor(() => expect(Stream.open.size).toBe(0));
  });

  it('let another try when the stream is lost', async () => {
    const lost = vi.fn();
    followTogether(() => {}, lost);
    const leave = followTogether(
      () => {},
      () => {},
    );
    await vi.waitFor(() => expect(Stream.open.size).toBe(1));
    const first = stream();
    first.dispatchEvent(new Event('error'));
    expect(lost).toHaveBeenCalledTimes(1);
    await vi.waitFor(() => expect(Stream.open.size === 1 && !Stream.open.has(first)).toBe(true));
    leave();
  });

  it('hear each for itself where the browser keeps them apart', async () => {
    const request = () => Promise.reject(new Error('The request was denied.'));
    Object.defineProperty(navigator, 'locks', { value: { request }, configurable: true });
    const heard: Versions[] = [];
    const leaves = [1, 2].map(() =>
      followTogether(
        versions => heard.push(versions),
        () => {},
      ),
    );
    await vi.waitFor(() => expect(Stream.open.size).toBe(2));
    for (const one of Stream.open) one.tell({ bazaars: '1' });
    expect(heard).toEqual([{ bazaars: '1' }, { bazaars: '1' }]);
    for (const leave of leaves) leave();
    expect(Stream.open.size).toBe(0);
  });

  it('hear each for itself where they know nothing of each other', () => {
    Reflect.deleteProperty(navigator, 'locks');
    const leaves = [1, 2].map(() =>
      followTogether(
        () => {},
        () => {},
      ),
    );
    expect(Stream.open.size).toBe(2);
    for (const leave of leaves) leave();
    expect(Stream.open.size).toBe(0);
  });
});
