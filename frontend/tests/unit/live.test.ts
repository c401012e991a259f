import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Versions } from '../../src/fetching';
import { CatchUp } from '../../src/live/catch-up';
import { Live } from '../../src/live/live';
import { placeIn } from '../../src/live/place-in';

interface Stream {
  readonly changed: (versions: Versions) => void;
  readonly lost: () => void;
  stopped: boolean;
}

let streams: Stream[];
let told: [string, boolean][];
let joins: number;
let live: Live;

const follow = (changed: (versions: Versions) => void, lost: () => void) => {
  const stream: Stream = { changed, lost, stopped: false };
  streams.push(stream);
  return () => {
    stream.stopped = true;
  };
};

function look(state: 'visible' | 'hidden'): void {
  Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}

beforeEach(() => {
  vi.useFakeTimers();
  [streams, told, joins] = [[], [], 0];
  live = new Live(
    (ids, first) => told.push([ids.join(), first]),
    () => {
      joins++;
    },
    follow,
  );
});

afterEach(() => {
  live.remove();
  look('visible');
  vi.useRealTimers();
});

describe('the live page', () => {
  it('hears what changed, several changes as one, and of no collection it does not draw', async () => {
    streams[0]?.changed({ crossings: 'a', bazaars: 'a', 'status-periods': 'a' });
    await vi.advanceTimersByTimeAsync(1000);
    streams[0]?.changed({ crossings: 'b', 'status-periods': 'b' });
    streams[0]?.changed({ bazaars: 'b' });
    await vi.advanceTimersByTimeAsync(1000);
    streams[0]?.changed({ bazaars: 'b' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(told).toEqual([
      ['crossings,bazaars', true],
      ['crossings,bazaars', false],
    ]);
  });

  it('comes back to a server it lost, later each time, and at once when it answered in between', async () => {
    for (const pause of [1000, 2000, 4000]) {
      streams.at(-1)?.lost();
      const before = streams.length;
      await vi.advanceTimersByTimeAsync(pause * 0.7);
      expect(streams).toHaveLength(before);
      await vi.advanceTimersByTimeAsync(pause * 0.6);
      expect(streams).toHaveLength(before + 1);
    }
    streams.at(-1)?.changed({ crossings: 'a' });
    expect(joins).toBe(1);
    streams.at(-1)?.lost();
    await vi.advanceTimersByTimeAsync(1300);
    expect(streams).toHaveLength(5);
  });

  it('hears nothing while nobody looks, and then only what changed meanwhile', async () => {
    streams[0]?.changed({ crossings: 'a', bazaars: 'a' });
    await vi.advanceTimersByTimeAsync(1000);
    look('hidden');
    expect(streams[0]?.stopped).toBe(true);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(streams).toHaveLength(1);
    look('visible');
    streams[1]?.changed({ crossings: 'a', bazaars: 'b' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(told.at(-1)).toEqual(['bazaars', false]);
  });
});

describe('the place of a reader', () => {
  const part = (name: string) => {
    document.body.innerHTML = `<div class="details"><a href="#1">${name}</a><details><summary>more</summary></details><a href="#2">two</a></div>`;
  };

  it('is where it was after the part is made anew: focus and what is folded open', () => {
    part('before');
    const [, second] = document.querySelectorAll('a');
    second?.focus();
    for (const node of document.querySelectorAll('details')) node.open = true;
    const back = placeIn('.details');
    part('after');
    expect(back()).toBe(true);
    expect(document.activeElement?.textContent).toBe('two');
    expect(document.querySelector('details')?.open).toBe(true);
  });

  it('takes the focus from nobody', () => {
    part('before');
    const back = placeIn('.details');
    part('after');
    expect(back()).toBe(false);
    expect(document.activeElement).toBe(document.body);
  });
});

describe('catching up with the server', () => {
  /** Asks until so many answers have come, and tells when it asked. */
  function catchUp(answersAfter: number): { asked: number[]; start: () => void } {
    const asked: number[] = [];
    const began = Date.now();
    const up = new CatchUp(
      () => asked.length < answersAfter,
      async () => {
        asked.push(Date.now() - began);
      },
    );
    return { asked, start: () => void up.start() };
  }

  it.each([
    ['not at all where nothing is missing', 0, []],
    ['once where all comes', 1, [0]],
    ['again where the line was not there yet', 3, [0, 500, 2500]],
    ['at most four times', 9, [0, 500, 2500, 10_500]],
  ])('asks %s', async (_, answersAfter, times) => {
    const { asked, start } = catchUp(answersAfter);
    start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toEqual(times);
  });

  it('begins anew when the server is heard of once more, and leaves the round before', async () => {
    const { asked, start } = catchUp(99);
    start();
    await vi.advanceTimersByTimeAsync(100);
    start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toEqual([0, 100, 600, 2600, 10_600]);
  });
});
