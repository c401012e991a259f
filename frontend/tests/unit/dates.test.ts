import { describe, expect, it } from 'vitest';
import { addDays, addMonths, clampDay, dayNumber, dayOf, isDay, sayDate, today } from '../../src/dates';

describe('days', () => {
  it('are numbered from 1970 and back', () => {
    expect(dayNumber('1970-01-01')).toBe(0);
    expect(dayNumber('2000-03-01')).toBe(11017);
    for (let number = -1000; number < 25000; number += 17) expect(dayNumber(dayOf(number))).toBe(number);
  });

  it.each(['2022-02-30', '2022-13-01', '2022-5-1', '20220501', '2022-05-01T00:00', '', 'today'])('refuse %j', text => {
    expect(isDay(text)).toBe(false);
  });

  it('know leap years', () => {
    expect(isDay('2024-02-29')).toBe(true);
    expect(isDay('2023-02-29')).toBe(false);
  });

  it('are days in UTC whatever the time zone', () => {
    expect(today(new Date('2026-11-23T23:59:59Z'))).toBe('2026-11-23');
    expect(today(new Date('2026-11-24T00:00:00Z'))).toBe('2026-11-24');
  });

  it('move by months and stop at the end of short ones', () => {
    expect(addMonths('2022-01-31', 1)).toBe('2022-02-28');
    expect(addMonths('2024-01-31', 1)).toBe('2024-02-29');
    expect(addMonths('2022-11-15', 2)).toBe('2023-01-15');
    expect(addMonths('2022-01-15', -12)).toBe('2021-01-15');
    expect(addDays('2021-12-31', 1)).toBe('2022-01-01');
  });

  it('are clamped to a range', () => {
    expect(clampDay('1999-12-31', '2000-01-01', '2026-01-01')).toBe('2000-01-01');
    expect(clampDay('2030-12-31', '2000-01-01', '2026-01-01')).toBe('2026-01-01');
  });
});

describe('dates in words', () => {
  it.each([
    ['2022-05-01', 'day', '1 May 2022'],
    ['2022-05-01', 'month', 'May 2022'],
    ['2022-05-01', 'year', '2022'],
    ['2025-03', 'day', 'March 2025'],
    ['2013', 'day', '2013'],
    ['spring 2013', 'day', 'spring 2013'],
  ] as const)('%s to the %s is %s', (date, precision, words) => {
    expect(sayDate(date, precision)).toBe(words);
  });
});
