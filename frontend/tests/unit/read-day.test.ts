import { afterEach, describe, expect, it } from 'vitest';
import { DateField } from '../../src/date-field';
import { addDays, sayDate, sayField } from '../../src/dates';
import { solarHijri } from '../../src/language/solar';
import { speak } from '../../src/language/start';
import { readDay, readTime } from '../../src/read-day';

afterEach(() => speak('en', []));

describe('a typed day', () => {
  it.each([
    ['2022-05-01', '2022-05-01'],
    [' 2022/5/1 ', '2022-05-01'],
    ['20220501', '2022-05-01'],
    ['1.5.2022', '2022-05-01'],
    ['13/5/2022', '2022-05-13'],
    ['5/13/2022', '2022-05-13'],
    ['5/5/2022', '2022-05-05'],
    ['1 May 2022', '2022-05-01'],
    ['1st of may, 2022', '2022-05-01'],
    ['Sep 30 2022', '2022-09-30'],
    ['29 February 2024', '2024-02-29'],
    ['۲۰۲۲/۰۵/۰۱', '2022-05-01'],
    ['١ May ٢٠٢٢', '2022-05-01'],
  ])('is read in English: %j', (text, day) => {
    expect(readDay(text)).toBe(day);
  });

  it.each([
    '',
    'today',
    '2022',
    'May 2022',
    '2022-05',
    '2022-02-31',
    '29 February 2023',
    '5/1/2022',
    '1 Ma 2022',
    '1 Ju 2022',
    '1 May June 2022',
    '1 2 3 2022',
    '1.5.22',
    '2022-05-01T12:00',
    '2022-13-01',
    '11 ثور 1401',
    '1 May 1401',
  ])('is none in English: %j', text => {
    expect(readDay(text)).toBeNull();
  });

  it.each([
    ['ru', '1 мая 2022 г.', '2022-05-01'],
    ['ru', '30 СЕНТ 2022', '2022-09-30'],
    ['ru', '1/5/2022', '2022-05-01'],
    ['ru', '1 May 2022', '2022-05-01'],
    ['tg', '1 майи соли 2022', '2022-05-01'],
    ['tg', '1 майи 2022', '2022-05-01'],
    ['fa', '۱ می ۲۰۲۲', '2022-05-01'],
    ['fa', '1 مي 2022', '2022-05-01'],
    ['fa', '۱۱ ثور ۱۴۰۱', '2022-05-01'],
    ['fa', '۱۴۰۱/۲/۱۱', '2022-05-01'],
    ['fa', '۱۱/۲/۱۴۰۱', '2022-05-01'],
    ['fa', '۳۰ حوت ۱۴۰۳', '2025-03-20'],
  ] as const)('is read in %s: %j', async (code, text, day) => {
    await speak(code, []);
    expect(readDay(text)).toBe(day);
  });

  it('that the Solar Hijri calendar does not have is none', async () => {
    await speak('fa', []);
    expect(readDay('۳۰ حوت ۱۴۰۱')).toBeNull();
    expect(readDay('۳۱ میزان ۱۴۰۱')).toBeNull();
  });

  it.each(['en', 'ru', 'tg', 'fa'] as const)(
    'is read as the page writes it, every day of a leap year, in %s',
    async code => {
      await speak(code, []);
      for (let day = '2024-01-01'; day <= '2024-12-31'; day = addDays(day, 1)) {
        const solar = solarHijri(day);
        const forms = [sayDate(day), sayField(day), ...(solar === null ? [] : [solar])];
        expect(forms.map(readDay)).toEqual(forms.map(() => day));
      }
    },
  );

  it('is a day of the calendar or nothing, whatever is typed', () => {
    const letters = '0123456789-/. ,۱٥мaйمیثMay\u200f\u0301🙂';
    let seed = 5;
    for (let round = 0; round < 5000; round++) {
      let text = '';
      for (let i = seed % 14; i >= 0; i--) {
        seed = (seed * 1664525 + 1013904223) % 2 ** 32;
        text += [...letters][seed % 40] ?? '2';
      }
      expect(readDay(text) ?? '2000-01-01').toMatch(/^\d{4,}-\d\d-\d\d$/);
    }
  });
});

describe('a typed time', () => {
  it.each([
    ['9:05', '09:05:00'],
    ['23:59:59', '23:59:59'],
    ['۱۲:۰۰', '12:00:00'],
    ['24:00', null],
    ['12', null],
    ['12:60', null],
    ['', null],
  ])('%j is %j', (text, time) => {
    expect(readTime(text)).toBe(time);
  });
});

describe('the field for a day', () => {
  const chosen: string[] = [];
  const open = (day: string) => {
    chosen.length = 0;
    const field = new DateField('a', 'As of', '2026-11-23', one => chosen.push(one));
    document.body.replaceChildren(field.node);
    field.set(day);
    const input = field.node.querySelector<HTMLInputElement>('#a');
    if (!input) throw new Error('no field');
    const type = (text: string) => {
      input.value = text;
      input.dispatchEvent(new Event('change'));
    };
    const press = (key: string) => input.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    const trouble = () => field.node.querySelector<HTMLElement>('[role="alert"]');
    return { field, input, type, press, trouble };
  };

  it('is named, and takes a day in whatever form', () => {
    const { field, input, type } = open('2022-05-01');
    expect(field.node.querySelector('label')?.htmlFor).toBe(input.id);
    type('2 June 2021');
    expect(chosen).toEqual(['2021-06-02']);
    expect(input.value).toBe('2021-06-02');
  });

  it.each([
    ['2022-02-31', '“2022-02-31” does not name one day of the calendar. Write it as 1 May 2022 or 2022-05-01.'],
    ['1999-12-31', 'Days from 1 January 2000 to 23 November 2026 can be shown.'],
    ['2026-11-24', 'Days from 1 January 2000 to 23 November 2026 can be shown.'],
  ])('says why it does not take %s, and keeps what was typed', (text, why) => {
    const { field, input, type, trouble } = open('2022-05-01');
    type(text);
    expect(trouble()?.textContent).toBe(why);
    expect(trouble()?.hidden).toBe(false);
    expect(input.getAttribute('aria-invalid')).toBe('true');
    expect(chosen).toEqual([]);
    // The same state comes round again while it is being mended; another date is another matter.
    field.set('2022-05-01');
    expect(input.value).toBe(text);
    field.set('2022-06-01');
    expect(input.value).toBe('2022-06-01');
    expect(trouble()?.hidden).toBe(true);
    expect(input.hasAttribute('aria-invalid')).toBe(false);
  });

  it('is moved by keys within what can be shown, and gives up what was typed at Escape', () => {
    const { input, press, trouble } = open('2026-11-22');
    press('ArrowUp');
    press('PageUp');
    press('ArrowDown');
    press('PageDown');
    expect(chosen).toEqual(['2026-11-23', '2026-11-23', '2026-11-22', '2026-10-22']);
    input.value = '20';
    press('ArrowUp');
    expect(chosen).toHaveLength(4);
    press('Escape');
    expect(input.value).toBe('2026-10-22');
    input.value = '';
    input.dispatchEvent(new Event('change'));
    expect(input.value).toBe('2026-10-22');
    expect(trouble()?.hidden).toBe(true);
  });

  it('leaves what is being typed alone', () => {
    const { field, input } = open('2022-05-01');
    input.focus();
    input.value = '202';
    field.set('2023-01-01');
    expect(input.value).toBe('202');
  });
});
