import { describe, expect, it, vi } from 'vitest';
import { addDays } from '../../src/dates';
import { ApiError } from '../../src/fetching';
import { type Filters, noFilters } from '../../src/filters/filter';
import { initialState, withCompare, withLayer, withRecorded, withSwappedDates } from '../../src/state';
import { bundles, nextDay, previousDay, readChanges, type WorldChange } from '../../src/time/changes';
import { Histogram } from '../../src/time/histogram';
import { InViewFeed, nothingInView, questionsOf } from '../../src/time/in-view';
import { barsOf, lastDayOf, undated } from '../../src/time/months';
import { pipsOf, shareOf, windowOf } from '../../src/time/span';
import { becomes } from '../../src/time/strip';

const today = '2026-11-23';
const all = { from: '2000-01-01', to: today };

/** An invented change of an invented bazaar. */
function change(day: string, to = 'open', kind: WorldChange['kind'] = 'status'): WorldChange {
  return { collection: 'bazaars', id: 'b', name: 'B', kind, day, precision: 'day', from: null, to };
}

describe('the window', () => {
  it('holds a year or five around the date, within all there is', () => {
    expect(windowOf('all', '2022-05-01', all, null)).toEqual(all);
    const { from, to } = windowOf('one', '2022-05-01', all, null);
    expect([from, to]).toEqual(['2021-10-30', '2022-10-30']);
    expect(windowOf('five', today, all, null)).toEqual({ from: '2021-11-23', to: today });
    expect(windowOf('five', all.from, all, null).from).toBe(all.from);
  });

  it('stays while the date is well inside, and goes with it where it leaves', () => {
    const before = windowOf('one', '2022-05-01', all, null);
    expect(windowOf('one', '2022-09-01', all, before)).toBe(before);
    for (const day of [addDays(before.from, 3), addDays(before.to, -3)]) {
      expect(windowOf('one', day, all, before)).not.toEqual(before);
    }
    const last = windowOf('one', today, all, null);
    expect(windowOf('one', today, all, last)).toBe(last);
  });

  it('tells where a day stands', () => {
    expect(shareOf({ from: '2022-01-01', to: '2022-01-11' }, '2022-01-06')).toBe(0.5);
    expect(shareOf({ from: '2022-01-01', to: '2022-01-01' }, '2022-01-06')).toBe(0);
  });

  it.each([
    [all, ['2000', '2005', '2010', '2015', '2020', '2025']],
    [{ from: '2019-11-02', to: '2024-11-02' }, ['2020', '2021', '2022', '2023', '2024']],
    [{ from: '2021-11-01', to: '2022-11-01' }, ['January 2022', 'April 2022', 'July 2022', 'October 2022']],
  ])('has labels in even steps %#', (span, labels) => {
    expect(pipsOf(span).map(({ label }) => label)).toEqual(labels);
  });
});

describe('the months', () => {
  const counts = [
    { value: '2021-05', count: 7 },
    { value: '2021', count: 2 },
    { value: null, count: 1 },
  ];

  it('stand side by side over the whole window, each with its count', () => {
    const bars = barsOf(counts, { from: '2021-04-15', to: '2021-06-15' });
    expect(bars.map(({ month, count }) => [month, count])).toEqual([
      ['2021-04', 0],
      ['2021-05', 7],
      ['2021-06', 0],
    ]);
    expect(bars[0]?.from).toBe(0);
    expect(bars.at(-1)?.to).toBe(1);
    for (const [index, bar] of bars.entries()) if (index > 0) expect(bar.from).toBe(bars[index - 1]?.to);
  });

  it('take in nothing that is dated by the year alone', () => {
    expect(undated(counts)).toBe(3);
    expect(undated([])).toBe(0);
    expect(lastDayOf('2024-02')).toBe('2024-02-29');
  });
});

describe('the histogram', () => {
  it.each([
    ['before the server has answered', nothingInView, 'Loading…', 'May 2022'],
    ['where nothing came', { ...nothingInView, error: new ApiError('unreadable', null, null) }, '', 'May 2022'],
    ['where there are none', { ...nothingInView, known: true }, 'No incidents in view.', 'May 2022: 0 incidents'],
    ['where none are shown', { ...nothingInView, known: true, months: null }, 'Incidents are not shown.', 'May 2022'],
  ])('says what is known of incidents %s', (_, inView, said, month) => {
    const caption = document.createElement('p');
    const histogram = new Histogram(today, caption, () => {});
    histogram.update(inView, all, all, '2022-05-01');
    expect(caption.textContent).toBe(said);
    expect(histogram.node.getAttribute('aria-valuetext')).toBe(month);
  });

  it.each([
    ['focus', 'blur'],
    ['pointermove', 'pointerleave'],
  ])('keeps to the month that the reader is at when other counts come: %s', (come, leave) => {
    const caption = document.createElement('p');
    const histogram = new Histogram(today, caption, () => {});
    document.body.append(histogram.node);
    const show = (count: number) =>
      histogram.update(
        { ...nothingInView, known: true, months: [{ value: '2022-04', count }] },
        all,
        all,
        '2022-05-01',
      );
    show(1);
    const april = barsOf([], all).findIndex(({ month }) => month === '2022-04');
    if (come === 'focus') histogram.node.focus();
    else histogram.node.dispatchEvent(new Event(come));
    const steps = Number(histogram.node.getAttribute('aria-valuenow')) - april;
    const key = steps > 0 ? 'ArrowDown' : 'ArrowUp';
    for (let n = Math.abs(steps); n > 0; n--) histogram.node.dispatchEvent(new KeyboardEvent('keydown', { key }));
    expect(caption.textContent).toBe('April 2022: 1 incident');
    show(2);
    expect(histogram.node.getAttribute('aria-valuetext')).toBe('April 2022: 2 incidents');
    expect(caption.textContent).toBe('April 2022: 2 incidents');
    if (come === 'focus') histogram.node.blur();
    else histogram.node.dispatchEvent(new Event(leave));
    show(3);
    expect(histogram.node.getAttribute('aria-valuetext')).toBe('May 2022: 0 incidents');
    expect(caption.textContent).toBe('Incidents a month: up to 3.');
    histogram.node.remove();
  });
});

describe('changes', () => {
  const properties = {
    collection: 'bazaars',
    feature: 'b',
    change: 'status',
    status_from: 'open',
    status_to: 'closed',
  };
  const read = (more: object) => readChanges([{ id: 'x', geometry: null, properties: { ...properties, ...more } }]);

  it('are read with the precision of their day', () => {
    expect(read({ name: 'B', date: '2021-08', date_precision: 'month' })).toEqual([
      { ...change('2021-08-01', 'closed'), precision: 'month', from: 'open' },
    ]);
    expect(read({ date: '2021', date_precision: 'year' })).toMatchObject([{ day: '2021-01-01', name: 'b' }]);
  });

  it.each([
    [{ date: '2021-08-01', collection: 'rivers' }],
    [{ date: '2021-08-01', feature: null }],
    [{ date: '2021-08-01', change: 'moved' }],
    [{ date: null }],
    [{ date: 'soon' }],
  ])('are left out where the page does not understand them: %j', more => {
    expect(read(more)).toEqual([]);
  });

  it('lead on and back, past those of the day itself', () => {
    const found = [change('2022-03-01'), change('2021-01-01'), change('2022-01-01')];
    expect(nextDay(found, '2021-01-01')).toBe('2022-01-01');
    expect(previousDay(found, '2022-03-01')).toBe('2022-01-01');
    expect(nextDay(found, '2022-03-01')).toBeNull();
    expect(previousDay([], '2022-03-01')).toBeNull();
  });

  it('are bundled where there is no room, and lose none', () => {
    const days = [0, 1, 2, 50, 100].map(days => change(addDays('2022-01-01', days)));
    const outside = [change('2021-12-31'), change('2022-02-02', 'open', 'appeared')];
    const found = bundles([...outside, ...days].reverse(), { from: '2022-01-01', to: '2022-04-11' }, 0.03);
    expect(found.map(({ changes }) => changes.length)).toEqual([3, 1, 1]);
    for (const [index, { at }] of found.entries())
      if (index > 0) expect(at - (found[index - 1]?.at ?? 0)).toBeGreaterThanOrEqual(0.03);
  });

  it('show first what most of them became', () => {
    expect(
      becomes([change('2022-01-01', 'open'), change('2022-01-02', 'closed'), change('2022-01-03', 'closed')]),
    ).toEqual(['closed', 'open']);
  });
});

describe('what is asked of the view', () => {
  const start = initialState(today);

  it('is counts and changes of a box, by the record asked for', () => {
    const { months, changes } = questionsOf(withRecorded(start, '2026-05-01T12:00:00Z', today), '60,30,75,40', today);
    expect(months).toBe('datetime=2000-01-01%2F2026-11-23&as-recorded=2026-05-01T12%3A00%3A00Z&bbox=60%2C30%2C75%2C40');
    expect(changes).toHaveLength(1);
    expect(new URLSearchParams(changes[0]).get('collections')).not.toContain('incidents');
    expect(changes[0]).toContain('as-recorded=2026-05-01T12%3A00%3A00Z');
  });

  it('is narrowed by the filters, in one question for all that are narrowed alike', () => {
    const asked = (filters: Partial<Filters>) =>
      questionsOf({ ...start, filters: { ...noFilters, ...filters } }, '', today).changes.map(query => {
        const parameters = new URLSearchParams(query);
        return ['collections', 'status', 'filter'].map(name => parameters.get(name));
      });
    const every = 'crossings,bazaars,transmission-lines,casa-1000,power-facilities';
    expect(asked({ category: ['attack'], confidence: ['claimed'] })).toEqual([[every, null, null]]);
    expect(asked({ status: ['closed', 'open'] })).toEqual([[every, 'closed,open', null]]);
    expect(asked({ status: ['closed', 'melted'] })).toEqual([[every, 'closed', null]]);
    expect(asked({ status: ['melted'] })).toEqual([]);
    const sides = "(side_a_country IN ('TJ') OR side_b_country IN ('TJ'))";
    const ends = "(from_country IN ('TJ') OR to_country IN ('TJ'))";
    expect(asked({ country: ['TJ'], voltage: ['220'] })).toEqual([
      ['crossings,bazaars', null, sides],
      ['transmission-lines,casa-1000', null, `((voltage_kv >= 200 AND voltage_kv < 300)) AND ${ends}`],
      ['power-facilities', null, "(country IN ('TJ'))"],
    ]);
  });

  it('is nothing of layers that are off, and does not follow the date', () => {
    const off = withLayer(start, 'incidents', false);
    expect(questionsOf(off, '', today).months).toBeNull();
    expect(questionsOf({ ...start, layers: ['incidents'] }, '', today).changes).toEqual([]);
    expect(questionsOf({ ...start, date: '2020-01-01' }, '', today)).toEqual(questionsOf(start, '', today));
  });

  it('is known without asking where no layer is shown', async () => {
    const heard = vi.fn();
    new InViewFeed(() => '60,30,75,40', today, heard, 0).update({ ...start, layers: [] });
    await vi.waitFor(() => expect(heard).toHaveBeenCalled());
    expect(heard).toHaveBeenCalledWith({ known: true, months: null, changes: [], more: false, error: null });
  });
});

describe('the second date and the second clock', () => {
  const start = initialState(today);

  it('are changed by what can be read, and by nothing else', () => {
    expect(withCompare(start, '2021-02-30', today)).toBe(start);
    expect(withCompare(start, '2090-01-01', today).compare).toBe(today);
    expect(withSwappedDates(start)).toBe(start);
    expect(withSwappedDates(withCompare(start, '2020-01-01', today))).toMatchObject({
      date: '2020-01-01',
      compare: today,
    });
    expect(withRecorded(start, '2026-05-01', today)).toBe(start);
    expect(withRecorded(start, '2026-11-24T00:00:00Z', today)).toBe(start);
    expect(withRecorded(start, '2026-02-30T00:00:00Z', today)).toBe(start);
    expect(withRecorded(start, '2026-05-01T17:30:15.5+05:00', today).recorded).toBe('2026-05-01T12:30:15Z');
  });
});
