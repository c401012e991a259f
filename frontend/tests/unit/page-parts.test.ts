import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeAddress } from '../../src/address';
import { followAddress } from '../../src/address-bar';
import { Boxes } from '../../src/basemap/collision';
import { isDisputed } from '../../src/basemap/style';
import { Panel } from '../../src/panel/panel';
import { initialState, withChosen, withDate, withFilter, withView } from '../../src/state';
import { Store } from '../../src/store';
import { Player, type Stride } from '../../src/time/player';
import { stepping } from '../../src/time/stepping';

const today = '2026-11-23';

describe('the player', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('waits for the drawing before the next step, and stops at the end', async () => {
    const steps: number[] = [];
    const playing: boolean[] = [];
    let drawn = () => {};
    const player = new Player({
      step: () => steps.length < 2 && steps.push(steps.length) > 0,
      settled: () =>
        new Promise(resolve => {
          drawn = resolve;
        }),
      rewind: () => false,
      onChange: now => playing.push(now),
    });
    player.toggle();
    await vi.advanceTimersByTimeAsync(5000);
    expect(steps).toHaveLength(1);
    drawn();
    await vi.advanceTimersByTimeAsync(0);
    expect(steps).toHaveLength(2);
    drawn();
    await vi.advanceTimersByTimeAsync(5000);
    expect(playing).toEqual([true, false]);
  });

  it('begins anew where it is begun at the end', async () => {
    const days = [1, 2, 3];
    let at = 2;
    const shown: (number | undefined)[] = [];
    const player = new Player({
      step: () => at < 2 && shown.push(days[++at]) > 0,
      rewind: () => {
        at = 0;
        return shown.push(days[at]) > 0;
      },
      settled: async () => {},
      onChange: () => {},
    });
    player.toggle();
    await vi.advanceTimersByTimeAsync(5000);
    expect(shown).toEqual([1, 2, 3]);
    expect(player.playing).toBe(false);
  });

  it('goes back by its stride, and nowhere when no change is in view', () => {
    const store: { state: { date: string; stride: Stride } } = { state: { date: '2026-11-23', stride: 'month' } };
    const setDate = (date: string) => {
      store.state = { ...store.state, date: date > '2026-11-23' ? '2026-11-23' : date };
    };
    const of = (stride: Stride, change: string | null) => {
      store.state = { ...store.state, stride };
      return stepping({ firstDay: '2000-01-01', nextChange: after => (after ? change : null) }, store, setDate);
    };
    expect(of('month', null).step()).toBe(false);
    expect(of('change', null).step()).toBe(false);
    expect(of('change', null).rewind()).toBe(false);
    expect(of('change', '2021-07-05').rewind()).toBe(true);
    expect(store.state.date).toBe('2021-07-05');
    expect(of('month', null).rewind()).toBe(true);
    expect(of('month', null).step()).toBe(true);
    expect(store.state.date).toBe('2000-02-01');
  });

  it('takes no further step once stopped', async () => {
    const step = vi.fn(() => true);
    const player = new Player({ step, rewind: () => false, settled: async () => {}, onChange: () => {} });
    player.toggle();
    player.toggle();
    await vi.advanceTimersByTimeAsync(5000);
    expect(step).toHaveBeenCalledTimes(1);
  });
});

describe('the address bar', () => {
  it('makes one step back of a burst of dates, and none of moving the map', () => {
    const push = vi.spyOn(history, 'pushState');
    const store = new Store(initialState(today));
    let now = 0;
    const stop = followAddress(store, today, undefined, () => now);
    const move = (date: string, at: number) => {
      now = at;
      store.change(state => withDate(state, date, today));
    };
    move('2022-01-01', 0);
    move('2022-02-01', 400);
    move('2022-03-01', 800);
    store.change(state => withView(state, { zoom: 9, lat: 37, lon: 70 }));
    expect(push).toHaveBeenCalledTimes(1);
    move('2022-04-01', 9000);
    expect(push).toHaveBeenCalledTimes(2);
    expect(location.hash).toBe(writeAddress(store.state));
    stop();
  });

  it('makes a step back of a filter and of the online map, however soon they follow a date', () => {
    const push = vi.spyOn(history, 'pushState').mockClear();
    const store = new Store(initialState(today));
    const stop = followAddress(store, today, undefined, () => 0);
    store.change(state => withDate(state, '2022-01-01', today));
    store.change(state => withFilter(state, 'status', 'closed'));
    store.change(state => withChosen(state, 'online', true));
    expect(push.mock.calls.map(([, , address]) => String(address))).toEqual([
      expect.not.stringContaining('status='),
      expect.stringMatching(/status=closed$/),
      expect.stringMatching(/status=closed&online=1$/),
    ]);
    stop();
  });

  it('follows the browser back', () => {
    const store = new Store(initialState(today));
    const stop = followAddress(store, today);
    history.replaceState(null, '', '#map=9/37/70&date=2015-06-01&layers=bazaars');
    dispatchEvent(new Event('popstate'));
    expect(store.state).toMatchObject({ date: '2015-06-01', layers: ['bazaars'] });
    stop();
  });
});

describe('the panel', () => {
  const actions = {
    toggle: vi.fn(),
    setPeriod: vi.fn(),
    select: vi.fn(),
    toggleFilter: vi.fn(),
    clearFilters: vi.fn(),
  };
  const features = [
    {
      id: 'a',
      geometry: { type: 'Point' as const, coordinates: [70, 37] },
      properties: { status: 'open', name_en: 'A' },
    },
    { id: 'b', geometry: null, properties: { status: 'unknown', name_en: 'B' } },
  ];

  it('counts what was answered, lists what has no position, and opens it', () => {
    const panel = new Panel(actions, true);
    panel.setFeed('crossings', { phase: 'ready', answer: { features, timeStamp: null } });
    const section = panel.node.querySelector('[data-collection="crossings"]');
    expect(section?.querySelector('.layer-count')?.textContent).toBe('2');
    expect(section?.querySelector('.unplaced summary')?.textContent).toBe('1 with no known position');
    section?.querySelector<HTMLButtonElement>('.unplaced button')?.click();
    expect(actions.select).toHaveBeenCalledWith({ collection: 'crossings', id: 'b' });
  });

  it('counts nothing for a layer that is off or failed', () => {
    const panel = new Panel(actions, true);
    panel.setFeed('crossings', { phase: 'ready', answer: { features, timeStamp: null } });
    panel.setFeed('crossings', { phase: 'off' });
    const section = panel.node.querySelector('[data-collection="crossings"]');
    expect(section?.querySelector('.layer-count')?.textContent).toBe('not shown');
    expect(section?.querySelector('.legend')).toBeNull();
  });
});

describe('the basemap', () => {
  it('gives a place to the first name only', () => {
    const boxes = new Boxes();
    const box = { left: 0, top: 0, right: 10, bottom: 10 };
    expect(boxes.take(box)).toBe(true);
    expect(boxes.take({ ...box, left: 9, right: 19 })).toBe(false);
    expect(boxes.take({ ...box, left: 10, right: 20 })).toBe(true);
  });

  it('draws only agreed lines as agreed', () => {
    expect(isDisputed('International boundary (verify)')).toBe(false);
    for (const kind of ['Disputed (please verify)', 'Line of control (please verify)', 'Indefinite', undefined]) {
      expect(isDisputed(kind)).toBe(true);
    }
  });
});
