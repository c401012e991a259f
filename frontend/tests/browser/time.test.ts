import type { BrowserContextOptions, Page, Route } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { lastDayOf } from '../../src/time/months';
import { desktop, drawn, keep, openSite, phone } from './browser';
import { asOfHandle, box, changesIn, hashHas, ishkoshim, typeDate } from './dated';
import { axeSays, overflowing } from './reading';
import { hasLoaded } from './scripts';

const site = openSite();
const { go } = site;

const dateOf = (page: Page) => /date=([\d-]+)/.exec(new URL(page.url()).hash)?.[1];

/** What the server counts in the box that the page asked about, beside the page. */
async function incidentsByMonth(page: Page): Promise<{ readonly value: string; readonly count: number }[]> {
  const asked = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
  const url = asked.findLast(name => name.includes('api/stats/incidents?by=month'));
  const query = new URLSearchParams({
    by: 'month',
    datetime: '2000-01-01/..',
    bbox: new URL(url ?? page.url()).searchParams.get('bbox') ?? '',
  });
  const { groups } = await (await page.request.get(`${site.url}api/stats/incidents?${query}`)).json();
  return groups.filter(({ value }: { value: string }) => /^\d{4}-\d{2}$/.test(value));
}

const bars = (page: Page) => page.locator('.histogram .bar').count();

describe('the timeline', () => {
  it('has a bar for each month with incidents in view, and tells month and count', async () => {
    const page = await go('#date=2022-05-01&map=7/37.6/69.9');
    await expect.poll(() => bars(page)).toBeGreaterThan(10);
    // The bars are what the server counts, one for each month with any.
    const months = await incidentsByMonth(page);
    const most = months.reduce((a, b) => (b.count > a.count ? b : a));
    expect(await bars(page)).toBe(months.length);
    expect(await page.textContent('.histogram-caption')).toBe(`Incidents a month: up to ${most.count}.`);
    await page.focus('.histogram');
    await page.keyboard.press('ArrowRight');
    const told = await page.getAttribute('.histogram', 'aria-valuetext');
    expect(told).toMatch(/^June 2022: \d+ incidents?$/);
    expect(Number(/(\d+) incident/.exec(told ?? '')?.[1])).toBe(
      months.find(({ value }) => value === '2022-06')?.count ?? 0,
    );
    expect(await page.textContent('.histogram-caption')).toBe(told);
    await page.keyboard.press('Enter');
    await hashHas(page, 'date=2022-06-30');
    await keep(page, 'timeline');
    // A press on a bar shows its last day, and has told its count.
    await page.locator('.histogram .bar').nth(months.indexOf(most)).click();
    await hashHas(page, `date=${lastDayOf(most.value)}`);
    expect(await page.getAttribute('.histogram', 'aria-valuetext')).toContain(`: ${most.count} incident`);
  });

  it('counts what is in view only', async () => {
    const page = await go('#date=2022-05-01&map=7/37.6/69.9');
    await expect.poll(() => bars(page)).toBeGreaterThan(10);
    const before = await bars(page);
    // A place of the Wakhan, where the record tells of few incidents.
    await page.goto(`${site.url}#date=2022-05-01&map=11/36.9/72.9`);
    await expect.poll(() => bars(page)).toBeLessThan(before);
  });

  it('says of nothing that it is not there before the server has answered, nor where it does not', async () => {
    const page = await go(`#date=2022-05-01&${ishkoshim}`);
    const caption = () => page.textContent('.histogram-caption');
    await expect.poll(caption).toMatch(/^Incidents a month/);
    const held: Route[] = [];
    const asked = /api\/stats\/incidents\?|api\/changes\?/;
    await page.route(asked, route => void held.push(route));
    await page.reload();
    await drawn(page);
    await page.waitForSelector('.histogram');
    await expect.poll(() => held.length).toBeGreaterThan(1);
    expect(await caption()).toBe('Loading…');
    expect(await page.getAttribute('.histogram', 'aria-valuetext')).toBe('May 2022');
    const names = () => page.$$eval('.step', nodes => nodes.map(node => node.ariaLabel));
    expect(await names()).toEqual(['Loading…', 'Loading…']);
    const cut = (route: Route) => route.fulfill({ status: 200, contentType: 'application/json', body: 'cut o' });
    await page.route(asked, cut); // what has not been asked yet
    await Promise.all(held.map(cut));
    await expect.poll(caption).toBe('');
    const failed = /^The timeline could not be loaded: /;
    expect(await names()).toEqual([expect.stringMatching(failed), expect.stringMatching(failed)]);
  });

  it('steps to the next and the previous change in view, and says where there is none', async () => {
    const page = await go(`#date=2022-05-01&${ishkoshim}&layers=bazaars`);
    const next = page.locator('.step').nth(1);
    const { features } = await changesIn(page, `from=2022-05-02&collections=bazaars&bbox=${box}`);
    const day = features[0]?.properties.date;
    await expect.poll(() => next.getAttribute('aria-disabled')).toBe('false');
    await next.click();
    await hashHas(page, `date=${day}`);
    await drawn(page);
    await page.locator('.step').nth(0).click();
    const earlier = await changesIn(page, `from=2000-01-01&to=2022-05-01&collections=bazaars&bbox=${box}`);
    await hashHas(page, `date=${earlier.features.at(-1)?.properties.date}`);
    // A press on a change shows the day it is of.
    const all = await changesIn(page, `from=2000-01-01&collections=bazaars&bbox=${box}`);
    const [first] = all.features.filter(({ properties }) => properties.change === 'status');
    await page.locator('.tick').first().click();
    await hashHas(page, `date=${first?.properties.date}`);
    await page.goto(`${site.url}#date=2001-01-01&${ishkoshim}&layers=bazaars`);
    await expect.poll(() => page.locator('.step').nth(0).getAttribute('aria-label')).toBe('No earlier change in view');
  });

  it('draws changes in the shape of what they became, bundled where they are many', async () => {
    const page = await go('#date=2022-05-01&map=7/37.6/69.9');
    await page.waitForSelector('.tick');
    expect(await page.locator('.tick .mark').count()).toBeGreaterThan(5);
    const numbers = await page.locator('.tick b').allTextContents();
    expect(numbers.some(number => Number(number) > 1)).toBe(true);
    expect(await page.getAttribute('.tick', 'title')).toMatch(/\d{4}: /);
    expect(await page.getAttribute('.strip', 'aria-label')).toMatch(/^\d+ changes of status in view$/);
  });

  it('shows five years or one around the date, graph and slider in line', async () => {
    const page = await go('#date=2022-05-01');
    await page.selectOption('#time-zoom', 'one');
    await expect.poll(() => page.locator('.noUi-value').first().textContent()).toMatch(/^(January|April) 202/);
    const [line, handle] = await Promise.all([
      page.$eval('.as-of-line', node => node.getBoundingClientRect().x + 1),
      asOfHandle(page).evaluate(node => node.getBoundingClientRect().x + node.clientWidth / 2 + 3),
    ]);
    expect(Math.abs(line - handle)).toBeLessThan(2);
    // The window goes with a date that leaves it.
    await typeDate(page, '#as-of', '2012-06-01');
    await expect.poll(() => page.locator('.noUi-value').first().textContent()).toMatch(/201[12]$/);
    // A link that is passed on shows the same years, and Back all of them.
    await page.reload();
    await expect.poll(() => page.locator('.noUi-value').first().textContent()).toMatch(/201[12]$/);
    expect(await page.inputValue('#time-zoom')).toBe('one');
    await page.goto(page.url().replace('&years=1', ''));
    await expect.poll(() => page.inputValue('#time-zoom')).toBe('all');
    await expect.poll(() => page.locator('.noUi-value').first().textContent()).toBe('2000');
  });

  it('is the second thing a keyboard can skip to', async () => {
    const page = await go('#date=2022-05-01');
    for (const name of ['Skip to the map', 'Skip to the timeline']) {
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(name);
    }
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.className)).toBe('play');
    // What is skipped is not an address.
    expect(new URL(page.url()).hash).toContain('date=2022-05-01');
  });

  it('moves by keys with spoken dates, to both ends', async () => {
    const page = await go('#date=2022-05-01&layers=bazaars');
    await asOfHandle(page).focus();
    await page.keyboard.press('ArrowLeft');
    expect(await asOfHandle(page).getAttribute('aria-valuetext')).toBe('30 April 2022');
    await page.keyboard.press('PageDown');
    await hashHas(page, 'date=2022-03-31');
    await page.keyboard.press('Home');
    await hashHas(page, 'date=2000-01-01');
    expect(await asOfHandle(page).getAttribute('aria-valuetext')).toBe('1 January 2000');
    // Today is that of UTC, where the reader is half a day behind it, too.
    const today = () => new Date().toISOString().slice(0, 10);
    const opened = today();
    await page.keyboard.press('End');
    await expect.poll(() => dateOf(page)).toBeOneOf([opened, today()]);
    await page.keyboard.press('Home');
    await hashHas(page, 'date=2000-01-01');
    await page.click('.today');
    await expect.poll(() => dateOf(page)).toBeOneOf([opened, today()]);
  });

  it('runs from right to left where the page does', async () => {
    const page = await go('#date=2022-05-01&period=2021-01-01/2023-01-01&lang=fa');
    await page.waitForSelector('.histogram .bar');
    const handle = await asOfHandle(page).boundingBox();
    const track = await page.locator('.slider:not(.period-slider)').boundingBox();
    const line = await page.locator('.as-of-line').boundingBox();
    if (!handle || !track || !line) throw new Error('the slider is not drawn');
    const share = (track.x + track.width - handle.x - handle.width / 2) / track.width;
    expect(share).toBeGreaterThan(0.8); // 2022 of 2000 to today
    expect(Math.abs(line.x - handle.x - handle.width / 2)).toBeLessThan(4);
    await asOfHandle(page).focus();
    await page.keyboard.press('ArrowLeft');
    await hashHas(page, 'date=2022-05-02');
    await keep(page, 'timeline-rtl');
  });
});

describe('playing', () => {
  it.each([
    ['slow', 1600],
    ['fast', 300],
  ] as const)('looks at each step as long as was asked for: %s', async (pace, beat) => {
    const page = await go(`#date=2020-01-15&${ishkoshim}&layers=bazaars`);
    await page.selectOption('#time-pace', pace);
    // The page's own clock is turned by hand, so that a slow machine changes nothing.
    await page.clock.install();
    await page.clock.pauseAt(Date.now() + 60_000);
    await page.click('.play');
    for (const month of ['02', '03', '04']) {
      await expect.poll(() => dateOf(page)).toBe(`2020-${month}-15`);
      await page.clock.runFor(beat - 50);
      await page.waitForTimeout(100);
      expect(dateOf(page)).toBe(`2020-${month}-15`);
      await page.clock.runFor(50);
    }
  });

  it('goes by change at the speed asked for', async () => {
    const page = await go(`#date=2020-01-01&${ishkoshim}&layers=crossings,bazaars`);
    const { features } = await changesIn(page, `from=2020-01-02&collections=crossings,bazaars&bbox=${box}`);
    const days = [...new Set(features.map(({ properties }) => properties.date))];
    await expect.poll(() => page.locator('.step').nth(1).getAttribute('aria-disabled')).toBe('false');
    await page.selectOption('#time-stride', 'change');
    await page.selectOption('#time-pace', 'fast');
    await page.click('.play');
    await hashHas(page, `date=${days[1]}`);
    // After the last change it stops by itself.
    await page.waitForFunction(() => document.querySelector('.play.playing') === null, undefined, { timeout: 20_000 });
    expect(page.url()).toContain(`date=${days.at(-1)}`);
  });
});

describe('a phone', () => {
  it('has a thin bar that unfolds, within its width', async () => {
    const page = await go('#date=2022-05-01', phone);
    const height = () => page.$eval('.timebar', node => node.getBoundingClientRect().height);
    expect(await height()).toBeLessThan(100);
    expect(await page.locator('.timeline').isVisible()).toBe(false);
    expect(await hasLoaded(page, 'graph')).toBe(false);
    await page.tap('.timeline-opener');
    await page.waitForSelector('.histogram .bar');
    expect(await page.getAttribute('.timeline-opener', 'aria-expanded')).toBe('true');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    const small = await page.$$eval('.timebar :is(button, select, input)', nodes =>
      nodes
        .map(node => ({ node, box: node.getBoundingClientRect() }))
        .filter(({ box }) => box.width > 0 && (box.height < 44 || box.width < 44))
        .map(({ node, box }) => `${node.className || node.id} ${box.width}×${box.height}`),
    );
    expect(small).toEqual([]);
    await keep(page, 'phone-timeline');
    await page.tap('.timeline-opener');
    expect(await page.locator('.timeline').isVisible()).toBe(false);
  });

  it.each([
    [844, 390],
    [740, 360],
  ] as const)('held across has as thin a bar, and the map for the rest: %i×%i', async (width, height) => {
    const page = await go('#date=2022-05-01', { ...phone, viewport: { width, height } });
    expect(await page.locator('.panel').isVisible()).toBe(false);
    expect(await page.locator('.timeline').isVisible()).toBe(false);
    expect(await page.$eval('.map', node => node.clientHeight)).toBeGreaterThan(height * 0.7);
    await page.tap('.timeline-opener');
    await page.waitForSelector('.histogram .bar');
    await keep(page, `phone-across-${width}`);
  });

  it.each(['en', 'ru', 'fa'])('has text of twice the size within its width: %s', async lang => {
    const page = await go(`#date=2022-05-01&lang=${lang}`, phone);
    const client = await page.context().newCDPSession(page);
    await client.send('Page.setFontSizes', { fontSizes: { standard: 32, fixed: 26 } });
    await page.reload();
    await drawn(page);
    expect(await overflowing(page)).toEqual([]);
    await page.tap('.timeline-opener');
    await page.waitForSelector('.histogram .bar');
    expect(await page.$eval('select', node => getComputedStyle(node).fontSize)).toBe('26px');
    expect(await overflowing(page)).toEqual([]);
    const years = await page.$$eval('.noUi-value-large', nodes =>
      nodes.map(node => {
        const { left, right, bottom } = node.getBoundingClientRect();
        return { left, right, bottom };
      }),
    );
    expect(Math.min(...years.map(({ left }) => left))).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...years.map(({ right }) => right))).toBeLessThanOrEqual(391);
    expect(Math.max(...years.map(({ bottom }) => bottom))).toBeLessThanOrEqual(844);
    await keep(page, `phone-text-200-${lang}`);
    await page.tap('.timeline-opener');
    await page.tap('.panel-opener');
    expect(await overflowing(page)).toEqual([]);
  });

  it.each([
    ['en', 320, 640],
    ['ru', 320, 640],
    ['fa', 320, 640],
    ['ru', 740, 360],
  ] as const)('has the slider in sight once it is unfolded: %s, %i×%i', async (lang, width, height) => {
    const page = await go(`#date=2022-05-01&lang=${lang}`, { ...phone, viewport: { width, height } });
    await page.tap('.timeline-opener');
    await page.waitForSelector('.histogram .bar');
    const hit = (node: Element) => {
      const { x, y, width, height } = node.getBoundingClientRect();
      return document.elementFromPoint(x + width / 2, y + height / 2)?.closest('.noUi-handle, select') === node;
    };
    expect(await asOfHandle(page).evaluate(hit)).toBe(true);
    // What the slider stands before is brought out by the focus.
    for (const select of await page.locator('.timebar select').all()) {
      await select.focus();
      expect(await select.evaluate(hit)).toBe(true);
    }
    await keep(page, `phone-slider-${lang}-${width}`);
  });
});

describe('accessibility', () => {
  const narrow: BrowserContextOptions = { ...phone, viewport: { width: 320, height: 640 } };
  const states = [
    ['the timeline with a period', '#date=2022-05-01&period=2021-01-01/2021-12-31', desktop, 'light'],
    ['the timeline in the dark', '#date=2026-11-20&period=2021-01-01/2021-12-31', desktop, 'dark'],
    ['two dates compared', '#date=2022-05-01&compare=2020-05-01', desktop, 'light'],
    ['two dates compared in the dark', '#date=2022-05-01&compare=2020-05-01', desktop, 'dark'],
    ['two dates compared on a phone', '#date=2022-05-01&compare=2020-05-01', phone, 'light'],
    ['an unfolded timeline', '#date=2022-05-01', narrow, 'light'],
  ] as const;

  it.each(states)('axe finds nothing to say of %s', async (name, hash, options, colorScheme) => {
    const page = await go(hash, { ...options, colorScheme });
    if (hash.includes('compare=')) await page.waitForSelector('.compare-list button');
    if (options === narrow) await page.tap('.timeline-opener');
    if (options !== phone) await page.waitForSelector('.histogram .bar');
    const violations = await axeSays(page);
    await keep(page, `axe ${name}`.replaceAll(' ', '-'));
    expect(violations).toEqual([]);
  });

  it('axe finds nothing to say of the panel’s record', async () => {
    const page = await go('#date=2026-11-20');
    await page.locator('.recorded summary').click();
    await page.waitForSelector('#recorded-at');
    await page.locator('.recorded').scrollIntoViewIfNeeded();
    const violations = await axeSays(page);
    await keep(page, 'panel-expert');
    expect(violations).toEqual([]);
  });
});
