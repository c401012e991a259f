import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { desktop, keep, openSite, phone } from './browser';
import { asOfHandle, hashHas } from './dated';

const site = openSite();
const { go } = site;

describe('the incident period', () => {
  it('gets two handles when the reader sets one, and loses them again', async () => {
    const page = await go('#date=2022-05-01&layers=crossings');
    expect(await page.locator('.period-slider').count()).toBe(0);
    await page.getByRole('button', { name: 'Period', exact: true }).click();
    await hashHas(page, 'period=2021-05-02/2022-05-01');
    const first = page.locator('.period-slider .noUi-handle').nth(0);
    await first.focus();
    await page.keyboard.press('ArrowRight');
    await hashHas(page, 'period=2021-05-03/2022-05-01');
    expect(await first.getAttribute('aria-valuetext')).toBe('3 May 2021');
    // A page is about a month; to the ends, and never past the other handle.
    const last = page.locator('.period-slider .noUi-handle').nth(1);
    for (const [handle, key, period] of [
      [first, 'PageUp', '2021-06-02/2022-05-01'],
      [first, 'End', '2022-05-01/2022-05-01'],
      [first, 'Home', '2000-01-01/2022-05-01'],
      [last, 'PageDown', '2000-01-01/2022-04-01'],
      [last, 'Home', '2000-01-01/2000-01-01'],
    ] as const) {
      await handle.focus();
      await page.keyboard.press(key);
      await hashHas(page, `period=${period}`);
    }
    await page.keyboard.press('End');
    await expect.poll(() => page.url()).toMatch(/period=2000-01-01\/202[6-9]/);
    // An end outside the window stays what it is when the other moves.
    await page.goto(`${site.url}#date=2022-05-01&period=2010-01-01/2022-05-01&layers=crossings`);
    await page.selectOption('#time-zoom', 'one');
    await page.locator('.period-slider .noUi-handle').nth(1).focus();
    await page.keyboard.press('ArrowLeft');
    await hashHas(page, 'period=2010-01-01/2022-04-30');
    await page.getByRole('button', { name: 'Period', exact: true }).click();
    await page.locator('.period-slider').waitFor({ state: 'detached' });
    expect(page.url()).not.toContain('period=');
  });
});

describe('the handles of the date and of the period', () => {
  const hash = '#date=2022-05-01&period=2021-05-02/2022-05-01';
  const name = { date: 'date=', to: '/2022-05-01', from: '2021-05-02/' };

  /** Where the middle of a handle is seen. */
  async function seen(page: Page, which: 'date' | 'from' | 'to'): Promise<{ x: number; y: number }> {
    const all = { date: asOfHandle(page), from: page.locator('.period-slider .noUi-handle').nth(0) };
    const node = which === 'to' ? page.locator('.period-slider .noUi-handle').nth(1) : all[which];
    const box = await node.boundingBox();
    if (!box) throw new Error(`no handle: ${which}`);
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  }

  /** Draws what is at a place to the left, by mouse or by finger. */
  async function drag(page: Page, { x, y }: { x: number; y: number }, by: 'mouse' | 'finger'): Promise<void> {
    const steps = [-20, -40, -60];
    if (by === 'mouse') {
      await page.mouse.move(x, y);
      await page.mouse.down();
      for (const step of steps) await page.mouse.move(x + step, y);
      await page.mouse.up();
      return;
    }
    const hand = await page.context().newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove', at: number) =>
      hand.send('Input.dispatchTouchEvent', { type, touchPoints: [{ x: at, y }] });
    await touch('touchStart', x);
    for (const step of steps) await touch('touchMove', x + step);
    await hand.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  }

  it.each([
    ['mouse', 'en', desktop],
    ['mouse', 'fa', desktop],
    ['finger', 'en', phone],
    ['finger', 'fa', phone],
  ] as const)('move where they are seen, and nothing else with them: %s, %s', async (by, lang, options) => {
    for (const which of ['date', 'from', 'to'] as const) {
      const page = await go(`${hash}&lang=${lang}`, options);
      if (options === phone) await page.tap('.timeline-opener');
      await page.waitForSelector('.histogram .bar');
      // A finger comes down beside the middle; of two near each other, on the far side of the other.
      const place = await seen(page, which);
      const other = await seen(page, which === 'from' ? 'to' : 'from');
      if (by === 'finger') place.x += which === 'date' ? 15 : 15 * Math.sign(place.x - other.x || 1);
      if (which === 'date') await keep(page, `handles-${by}-${lang}`);
      await drag(page, place, by);
      const rest = Object.entries(name).filter(([key]) => key !== which);
      const moved = () => new URL(page.url()).hash.replace('date=2022-05-01', 'date=');
      await expect.poll(() => page.url()).not.toBe(`${site.url}${hash}&lang=${lang}`);
      await expect
        .poll(() => new URL(page.url()).hash)
        .not.toContain(which === 'date' ? 'date=2022-05-01' : name[which]);
      for (const [key, text] of rest) {
        expect(key === 'date' ? new URL(page.url()).hash : moved()).toContain(
          key === 'date' ? 'date=2022-05-01' : text,
        );
      }
      await page.context().close();
    }
  });

  it('takes the hand over 44 px of each, none over another', async () => {
    const page = await go(hash);
    await page.waitForSelector('.histogram .bar');
    const [from, to, date] = await page.$$eval('.noUi-touch-area', nodes =>
      nodes.map(node => {
        const { left, right, top, bottom, height } = node.getBoundingClientRect();
        return { left, right, top, bottom, height };
      }),
    );
    if (!from || !to || !date) throw new Error('a handle is missing');
    for (const area of [from, to, date]) expect(area.height).toBeGreaterThanOrEqual(44);
    expect(from.bottom).toBeLessThanOrEqual(date.top + 0.5);
    expect(from.right).toBeLessThanOrEqual(to.left + 0.5);
  });
});
