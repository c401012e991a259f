import * as L from 'leaflet';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { beforeOf, comparedWith, comparing, differing } from '../../src/crowd/compared';
import type { Crowd } from '../../src/crowd/counts';
import { type Group, groupSpots } from '../../src/crowd/group';
import { type Handle, Handles } from '../../src/crowd/handles';
import { sayGroup, sayLine } from '../../src/crowd/members';
import type { Spot } from '../../src/crowd/tile';
import { unplacedOf } from '../../src/crowd/unplaced';
import type { Feature } from '../../src/feature';
import { plainLook } from '../../src/layers/look';
import { Looks } from '../../src/layers/looks';
import { LayerSection } from '../../src/panel/layer-section';
import { UnplacedOfCrowd } from '../../src/panel/unplaced-of-crowd';
import { type Ages, CrowdAges } from '../../src/time/crowd-ages';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const crossing = (id: string, status: string): Feature => ({ id, geometry: null, properties: { status } });

const crowd = (more: Partial<Crowd> = {}): Crowd => ({
  collection: 'crossings',
  asked: 'datetime=2024-01-01',
  filter: null,
  counts: {},
  all: 8000,
  left: 8000,
  ...more,
});

const spotOf = (feature: Feature | null, x: number, count = 1): Spot => ({
  x,
  y: 8,
  count,
  shares: { [String(feature?.properties.status ?? 'open')]: count },
  feature,
});

describe('what a tile draws, held against another date', () => {
  const before = beforeOf('2020-06-01', {
    spots: [spotOf(crossing('a', 'open'), 1), spotOf(crossing('b', 'open'), 2)],
    lines: [{ feature: crossing('line', 'operating'), paths: [] }],
  });
  const counted = beforeOf('2020-06-01', {
    spots: [spotOf(crossing('a', 'open'), 1), spotOf(null, 9, 3000)],
    lines: [],
  });

  it.each([
    ['is the same', before, crossing('a', 'open'), 'same'],
    ['is of another status', before, crossing('b', 'closed'), { date: '2020-06-01', status: 'open' }],
    ['was not there', before, crossing('new', 'open'), { date: '2020-06-01', status: null }],
    ['is a line', before, crossing('line', 'damaged'), { date: '2020-06-01', status: 'operating' }],
    ['is named among counted ones', counted, crossing('a', 'closed'), { date: '2020-06-01', status: 'open' }],
    ['may be among the counted ones', counted, crossing('b', 'closed'), undefined],
  ])('tells what %s', (_name, then, feature, expected) => {
    expect(comparedWith(then, feature)).toEqual(expected);
  });

  const groupOf = (...spots: Spot[]): Group => groupSpots(spots)[0] as Group;
  const lookOf = comparing(() => plainLook, before);

  it('is counted in a ring where all of it is known', () => {
    const two = groupOf(spotOf(crossing('a', 'open'), 1), spotOf(crossing('b', 'closed'), 2));
    expect(differing(two, 'crossings', lookOf)).toBe(1);
    expect(differing(groupOf(spotOf(crossing('a', 'open'), 1)), 'crossings', lookOf)).toBe(0);
    expect(differing(groupOf(spotOf(null, 1, 9)), 'crossings', lookOf)).toBeNull();
    expect(differing(two, 'crossings', () => plainLook)).toBeNull();
    expect(sayGroup(two, 'crossings', lookOf, '2020-06-01')[1]).toBe('Closed 1, Open 1. 1 not as on 1 June 2020');
    expect(sayGroup(groupOf(spotOf(null, 1, 9)), 'crossings', lookOf, '2020-06-01')[1]).toBe(
      'Open 9. Not compared with 1 June 2020 from so far away',
    );
    expect(sayGroup(two, 'crossings', lookOf)[1]).toBe('Closed 1, Open 1');
  });

  it('is said of what stands alone', () => {
    const one = groupOf(spotOf(crossing('b', 'closed'), 2));
    expect(sayGroup(one, 'crossings', lookOf, '2020-06-01')[1]).toBe('Crossings: Closed. Open on 1 June 2020');
    expect(sayLine({ feature: crossing('line', 'damaged'), lookOf }, 'transmission-lines')[1]).toBe(
      'Transmission lines: Damaged. Operating on 1 June 2020',
    );
    expect(sayLine({ feature: crossing('line', 'operating'), lookOf }, 'transmission-lines')[1]).toBe(
      'Transmission lines: Operating',
    );
  });
});

describe('the buttons on what a canvas shows', () => {
  const pane = document.createElement('div');
  const handle = (key: string, x: number, weight = 1, more: Partial<Handle> = {}): Handle => ({
    key,
    at: L.point(x, 10),
    reach: 12,
    weight,
    say: () => key,
    open: () => {},
    point: () => {},
    ...more,
  });
  const names = () => [...pane.querySelectorAll('button')].map(node => node.getAttribute('aria-label'));
  const middle = L.point(0, 0);
  let handles: Handles;
  beforeEach(() => {
    document.body.append(pane);
    pane.replaceChildren();
    handles = new Handles(
      pane,
      () => {},
      () => {},
    );
  });

  it('stay when their mark is drawn again, and do what it now does', () => {
    const opened: string[] = [];
    handles.show([handle('a', 10, 3), handle('b', 50, 2)], middle);
    const [a, b] = pane.querySelectorAll('button');
    handles.show(
      [handle('a', 30, 3, { open: () => opened.push('later'), say: () => 'other' }), handle('b', 70, 2)],
      middle,
    );
    expect([...pane.querySelectorAll('button')]).toEqual([a, b]);
    expect(names()).toEqual(['other', 'b']);
    a?.click();
    expect(opened).toEqual(['later']);
    expect(L.DomUtil.getPosition(a as HTMLElement).x).toBe(18);
  });

  it('come and go around those that stay, the heaviest first', () => {
    handles.show([handle('a', 10, 3), handle('b', 50, 2), handle('c', 90, 1)], middle);
    const c = pane.querySelectorAll('button')[2];
    handles.show([handle('c', 90, 1), handle('new', 20, 9)], middle);
    expect(names()).toEqual(['new', 'c']);
    expect(pane.querySelectorAll('button')[1]).toBe(c);
    handles.show([handle('c', 90, 10), handle('new', 20, 9)], middle);
    expect(names()).toEqual(['c', 'new']);
  });

  it('keep the focus while their mark is there, and hand it to the nearest when it is gone', () => {
    handles.show([handle('a', 10, 3), handle('b', 50, 2), handle('c', 90, 1)], middle);
    const [, b] = pane.querySelectorAll('button');
    b?.focus();
    handles.show([handle('b', 60, 9), handle('a', 10, 3), handle('c', 90, 1)], middle);
    expect(document.activeElement).toBe(b);
    handles.show([handle('a', 10, 3), handle('c', 90, 1)], middle);
    expect(document.activeElement?.getAttribute('aria-label')).toBe('c');
  });
});

describe('how many of a crowd are pale', () => {
  const ages = (entries: [string, number][]): Ages => new Map(entries);
  const tell = async () => new Promise(resolve => setTimeout(resolve));

  it('is what the server counts, by the steps of all others, beside those that were fetched', async () => {
    const learnt = vi.fn();
    const crowds = new CrowdAges(
      learnt,
      Promise.resolve(),
      async () =>
      ages([['0', 10], ['2', 20], ['4', 1], ['5', 30], ['12', 40], ['unknown', 99]]), // biome-ignore format: pairs
    );
    const looks = new Looks(() => {}, undefined, crowds);
    const clocks = { date: '2024-01-01', recorded: null };
    looks.setFeed('crossings', { phase: 'ready', answer: { features: [], timeStamp: null, crowd: crowd() } }, clocks);
    expect(looks.faded()).toMatchObject({ unknown: ['crossings'], failed: false });
    await tell();
    expect(learnt).toHaveBeenCalledOnce();
    const old = crossing('old', 'open');
    const properties = { ...old.properties, status_basis: 'ongoing', status_since: '2010-01-01' };
    const answer = { features: [{ ...old, properties }], timeStamp: null };
    looks.setFeed('bazaars', { phase: 'ready', answer }, clocks);
    const { counts, unknown } = looks.faded();
    expect([...counts].sort()).toEqual([[1, 21], [2, 30], [3, 41]]); // biome-ignore format: pairs
    expect(unknown).toEqual([]);
    // A collection that is a crowd no longer is counted one by one.
    looks.setFeed('crossings', { phase: 'ready', answer: { features: [], timeStamp: null } }, clocks);
    expect(looks.faded().counts.get(2)).toBe(0);
  });

  it('is unknown on another date until that is counted, and where it cannot be', async () => {
    const answers: ((found: Ages | Error) => void)[] = [];
    const learnt = vi.fn();
    const crowds = new CrowdAges(
      learnt,
      Promise.resolve(),
      () =>
        new Promise((resolve, reject) =>
          answers.push(found => (found instanceof Error ? reject(found) : resolve(found))),
        ),
    );
    crowds.set('crossings', crowd());
    await tell();
    answers[0]?.(ages([['3', 7]]));
    await tell();
    expect(crowds.faded()).toEqual({ counts: new Map([[1, 7]]), unknown: [], failed: false });
    crowds.set('crossings', crowd({ all: 8001 })); // the same question, of changed data
    await tell();
    expect(crowds.faded().counts.get(1)).toBe(7);
    crowds.set('crossings', crowd({ asked: 'datetime=2025-01-01' }));
    expect(crowds.faded()).toEqual({ counts: new Map(), unknown: ['crossings'], failed: false });
    await tell();
    expect(answers).toHaveLength(3);
    answers[1]?.(ages([['3', 1000]])); // of the question before
    answers[2]?.(new Error('no answer'));
    await tell();
    expect(crowds.faded()).toEqual({ counts: new Map(), unknown: ['crossings'], failed: true });
    expect(learnt).toHaveBeenCalledTimes(2); // not of the question before
  });
});

describe('what of a crowd has no known position', () => {
  const found = { features: [crossing('nowhere', 'open')], matched: 130 };

  it('is asked for once by all who want it, under the filter, and again after a failure', async () => {
    const asked: string[] = [];
    let answer = () => Response.json({ features: found.features, numberMatched: 130 });
    vi.stubGlobal('fetch', async (path: string) => {
      asked.push(path);
      return answer();
    });
    const filtered = crowd({ filter: "(status IN ('open'))" });
    await Promise.all([unplacedOf(filtered), unplacedOf(filtered)]);
    expect(await unplacedOf(filtered)).toMatchObject({ matched: 130 });
    expect(asked).toHaveLength(1);
    const query = new URLSearchParams(asked[0]?.split('?')[1]);
    expect(query.get('filter')).toBe("geometry IS NULL AND (status IN ('open'))");
    expect(query.get('limit')).toBe('100');
    answer = () => Response.json({}, { status: 400 });
    const other = crowd();
    await expect(unplacedOf(other)).rejects.toThrow();
    answer = () => Response.json({ features: [], numberMatched: 0 });
    expect(await unplacedOf(other)).toMatchObject({ matched: 0 });
  });

  it('is told when it is there, not of a crowd that is shown no more, and unknown where it fails', async () => {
    vi.useFakeTimers();
    const told = vi.fn();
    const ask = vi.fn(async () => found);
    const unplaced = new UnplacedOfCrowd(told, ask, 400);
    const [first, second, third] = [crowd(), crowd({ asked: 'b' }), crowd({ asked: 'b', all: 9000 })];
    expect(unplaced.of(first)?.matched).toBe(0);
    expect(unplaced.of(second)?.matched).toBe(0);
    await vi.advanceTimersByTimeAsync(500);
    expect(ask).toHaveBeenCalledTimes(1);
    expect(told).toHaveBeenCalledTimes(1);
    expect(unplaced.of(second)?.matched).toBe(130);
    expect(unplaced.of(third)?.matched).toBe(130); // the same question, of changed data
    ask.mockRejectedValueOnce(new Error('no answer'));
    await vi.advanceTimersByTimeAsync(500);
    expect(unplaced.of(third)).toBeNull();
    expect(told).toHaveBeenCalledTimes(2);
  });

  it('is listed in the panel, with how many more there are', async () => {
    vi.useFakeTimers();
    vi.stubGlobal('fetch', async () => Response.json({ features: found.features, numberMatched: 130 }));
    const select = vi.fn();
    const section = new LayerSection(
      'crossings',
      () => {},
      select,
      () => {},
    );
    section.setFeed({ phase: 'ready', answer: { features: [], timeStamp: null, crowd: crowd() } }, null);
    expect(section.node.querySelector('.unplaced')).toBeNull();
    await vi.advanceTimersByTimeAsync(500);
    await vi.waitFor(() => expect(section.node.querySelector('.unplaced')).not.toBeNull());
    expect(section.node.querySelector('.unplaced summary')?.textContent).toBe('130 with no known position');
    expect(section.node.querySelector('.unplaced')?.textContent).toContain('and 129 more');
    section.node.querySelector<HTMLElement>('.unplaced button')?.click();
    expect(select).toHaveBeenCalledWith({ collection: 'crossings', id: 'nowhere' });
  });
});
