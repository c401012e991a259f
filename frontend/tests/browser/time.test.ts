import type { BrowserContextOptions, Page, Route } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { desktop, drawn, keep, openSite, phone } from './browser';
import { axeSays, overflowing } from './reading';

const site = openSite();
const { go } = site;

const ishkoshim = 'map=9/36.74/71.58';
/** Around it, with less of the map's rim than could hold anything else. */
const box = '70.5,36.2,72.7,37.2';
const hashHas = (page: Page, text: string) => expect.poll(() => new URL(page.url()).hash).toContain(text);
const asOfHandle = (page: Page) => page.locator('.slider:not(.period-slider) .noUi-handle');
const bars = (page: Page) => page.locator('.histogram .bar').count();

interface Changed {
  readonly features: readonly { readonly properties: Readonly<Record<string, string>> }[];
}

/** What the server tells of a box, asked beside the page. */
async function changesIn(page: Page, query: string): Promise<Changed> {
  return (await page.request.get(`${site.url}api/changes?limit=1000&${query}`)).json();
}

describe('the timeline', () => {
  it('has a bar for each month with incidents in view, and tells month and count', async () => {
    const page = await go('#date=2022-05-01&map=7/37.6/69.9');
    await expect.poll(() => bars(page)).toBeGreaterThan(10);
    expect(await page.textContent('.histogram-caption')).toMatch(/^Incidents a month: up to \d+\.$/);
    await page.focus('.histogram');
    await page.keyboard.press('ArrowRight');
    const told = await page.getAttribute('.histogram', 'aria-valuetext');
    expect(told).toMatch(/^June 2022: \d+ incidents?$/);
    expect(await page.textContent('.histogram-caption')).toBe(told);
    await page.keyboard.press('Enter');
    await hashHas(page, 'date=2022-06-30');
    await keep(page, 'timeline');
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
    await page.route(/api\/stats\/incidents\?|api\/changes\?/, route => void held.push(route));
    await page.reload();
    await drawn(page);
    await page.waitForSelector('.histogram');
    await expect.poll(() => held.length).toBeGreaterThan(1);
    expect(await caption()).toBe('Loading…');
    expect(await page.getAttribute('.histogram', 'aria-valuetext')).toBe('May 2022');
    const names = () => page.$$eval('.step', nodes => nodes.map(node => node.ariaLabel));
    expect(await names()).toEqual(['Loading…', 'Loading…']);
    await Promise.all(
      held.map(route => route.fulfill({ status: 200, contentType: 'application/json', body: 'cut o' })),
    );
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
    await page.fill('#as-of', '2012-06-01');
    await expect.poll(() => page.locator('.noUi-value').first().textContent()).toMatch(/201[12]$/);
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
    const page = await go('#date=2022-05-01');
    await asOfHandle(page).focus();
    await page.keyboard.press('ArrowLeft');
    expect(await asOfHandle(page).getAttribute('aria-valuetext')).toBe('30 April 2022');
    await page.keyboard.press('PageDown');
    await hashHas(page, 'date=2022-03-31');
    await page.keyboard.press('Home');
    await hashHas(page, 'date=2000-01-01');
    expect(await asOfHandle(page).getAttribute('aria-valuetext')).toBe('1 January 2000');
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

describe('the incident period', () => {
  it('gets two handles when the reader sets one, and loses them again', async () => {
    const page = await go('#date=2022-05-01');
    expect(await page.locator('.period-slider').count()).toBe(0);
    await page.getByRole('button', { name: 'Period', exact: true }).click();
    await hashHas(page, 'period=2021-05-02/2022-05-01');
    const first = page.locator('.period-slider .noUi-handle').nth(0);
    await first.focus();
    await page.keyboard.press('ArrowRight');
    await hashHas(page, 'period=2021-05-03/2022-05-01');
    expect(await first.getAttribute('aria-valuetext')).toBe('3 May 2021');
    // An end outside the window stays what it is when the other moves.
    await page.goto(`${site.url}#date=2022-05-01&period=2010-01-01/2022-05-01`);
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

describe('playing', () => {
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

describe('what was last confirmed long ago', () => {
  it('fades, the legend says why, and the details say when', async () => {
    const page = await go('#date=2026-11-20&item=crossings/aqina-ymamnazar&layers=crossings,bazaars');
    const faded = page.locator('.map-mark[data-fade="1"], .map-mark[data-fade="2"], .map-mark[data-fade="3"]');
    await expect.poll(() => faded.count()).toBeGreaterThan(0);
    expect(await page.textContent('.fade-legend')).toContain('Pale: not confirmed lately');
    expect(await page.locator('.fade-legend li').count()).toBeGreaterThan(0);
    await page.waitForSelector('.details .confirmed');
    expect(await page.textContent('.confirmed')).toBe('Last confirmed 27 August 2021, 5 years before this date.');
    await page.locator('.fade-legend').scrollIntoViewIfNeeded();
    await keep(page, 'faded');
  });

  it('is not faded on a day it was documented for', async () => {
    const page = await go(`#date=2022-05-01&${ishkoshim}`);
    // The sources are known once anything fades.
    await page.locator('.fade-legend:not([hidden])').waitFor({ state: 'attached' });
    expect(await page.locator('.map-mark[aria-label^="Ishkoshim island market"]').getAttribute('data-fade')).toBe('0');
  });
});

describe('two dates compared', () => {
  const hash = `#date=2023-10-01&${ishkoshim}&layers=crossings,bazaars&compare=2022-05-01`;
  const bazaar = (page: Page) => page.locator('.map-mark[aria-label^="Ishkoshim island market"]');

  it('marks what differs, lists the changes in view, and opens what changed', async () => {
    const page = await go(hash);
    await expect.poll(() => bazaar(page).getAttribute('data-compared')).toBe('changed');
    expect(await bazaar(page).getAttribute('aria-label')).toContain('Open. Closed on 1 May 2022');
    expect(await page.locator('.map-mark[data-compared="same"]').count()).toBeGreaterThan(0);
    const asked = new URL(
      (await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name)))
        .filter(name => name.includes('api/changes') && name.includes('from=2022-05-02'))
        .at(-1) ?? '',
    );
    expect(asked.searchParams.get('to')).toBe('2023-10-01');
    const { features } = await changesIn(
      page,
      asked.searchParams.toString().replace('limit=300&', '').replace('&limit=300', ''),
    );
    await expect.poll(() => page.locator('.compare-list button').count()).toBe(features.length);
    await keep(page, 'compare');
    await page.locator('.compare-list button', { hasText: 'Ishkoshim island market' }).first().click();
    await page.waitForSelector('.details[data-item="bazaars/ishkoshim-bazaar"]');
  });

  it('works by keyboard: opened, swapped and closed, the focus where it was', async () => {
    const page = await go(`#date=2023-10-01&${ishkoshim}&layers=crossings,bazaars`);
    const opener = page.getByRole('button', { name: 'Compare', exact: true });
    await opener.focus();
    await page.keyboard.press('Enter');
    await hashHas(page, 'compare=2022-10-01');
    await page.waitForSelector('.compare');
    await page.locator('.compare-swap').focus();
    await page.keyboard.press('Enter');
    await hashHas(page, 'compare=2023-10-01');
    await hashHas(page, 'date=2022-10-01');
    await page.keyboard.press('Escape');
    await page.locator('.compare').waitFor({ state: 'detached' });
    expect(page.url()).not.toContain('compare=');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Compare');
    expect(await page.locator('[data-compared="same"], [data-compared="changed"]').count()).toBe(0);
  });

  it('borders a line that changed and pales the others', async () => {
    const page = await go('#date=2022-05-01&map=6/36/70&layers=casa-1000,transmission-lines&compare=2019-05-01');
    await page.waitForSelector('.line-changed');
    const changed = await page.locator('.line-band[aria-label*=" on 1 May 2019"]').count();
    expect(changed).toBe(await page.locator('.line-changed').count());
    expect(await page.locator('.line-band').count()).toBeGreaterThan(changed);
    await keep(page, 'compare-lines');
  });
});

describe('two dates compared on a phone', () => {
  const sizes = [
    [390, 844],
    [320, 640],
  ] as const;

  it.each(sizes)('stand over the map and not over the timeline, folded or not: %i×%i', async (width, height) => {
    const page = await go(`#date=2023-10-01&${ishkoshim}`, { ...phone, viewport: { width, height } });
    await page.tap('.timeline-opener');
    await page.getByRole('button', { name: 'Compare', exact: true }).tap();
    await page.waitForSelector('.compare-list button');
    expect(await page.getAttribute('.timeline-opener', 'aria-expanded')).toBe('false');
    await page.locator('.compare-list button').first().scrollIntoViewIfNeeded();
    /** What of the pane hangs out of it, in pixels. */
    const spilt = () =>
      page.$eval('.compare', node => {
        const pane = node.getBoundingClientRect();
        const stage = node.closest('.stage')?.getBoundingClientRect() ?? pane;
        const below = document.elementFromPoint(pane.left + 20, stage.bottom + 4)?.closest('.compare') ? 1 : 0;
        return Math.max(stage.top - pane.top, pane.bottom - stage.bottom, below);
      });
    expect(await spilt()).toBeLessThanOrEqual(0);
    await keep(page, `compare-phone-${width}`);
    await page.tap('.timeline-opener');
    await page.waitForSelector('.histogram .bar');
    expect(await spilt()).toBeLessThanOrEqual(0);
    await page.locator('.compare-list button').last().scrollIntoViewIfNeeded();
    await page.tap('.compare-close');
    await page.locator('.compare').waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.className)).toBe('timeline-opener');
  });
});

describe('as recorded', () => {
  it('is asked of everything, said plainly, and left again', async () => {
    const page = await go('#date=2022-05-01&item=bazaars/ishkoshim-bazaar');
    await page.waitForSelector('.histogram .bar');
    await drawn(page);
    await page.locator('.recorded summary').click();
    const now = new Date(Date.now() - 1000).toISOString();
    await page.fill('#recorded-at', now.slice(0, 19));
    const asked: string[] = [];
    page.on('request', request => asked.push(request.url()));
    await page.getByRole('button', { name: 'Show the record of then' }).click();
    await page.waitForSelector('.recorded-banner:not([hidden])');
    expect(await page.textContent('.recorded-banner')).toContain(`${now.slice(11, 16)} UTC`);
    await drawn(page);
    await page.waitForTimeout(600);
    const data = asked.filter(url => /api\/(collections\/[^/]+\/items|changes|stats|sources)/.test(url));
    expect(data.length).toBeGreaterThan(7);
    expect(data.filter(url => !url.includes('as-recorded='))).toEqual([]);
    await hashHas(page, `recorded=${now.slice(0, 19)}Z`);
    await page.getByText('Share and save').click();
    await page.waitForSelector('.downloads a'); // the dialog comes with a chunk of its own
    // Revisions tell the record of all times.
    const links = page.locator('.downloads a, .detail-links a:not([href$="/revisions"])');
    const hrefs = await links.evaluateAll(nodes => nodes.map(node => node.getAttribute('href')));
    expect(hrefs.length).toBeGreaterThan(5);
    for (const href of hrefs) expect(href).toContain('as-recorded=');
    await page.keyboard.press('Escape');
    await keep(page, 'recorded');
    await page.locator('.recorded-banner button').click();
    await page.locator('.recorded-banner').waitFor({ state: 'hidden' });
    expect(page.url()).not.toContain('recorded=');
  });

  it('refuses an instant to come, and half a date, with words', async () => {
    const page = await go('#date=2022-05-01');
    await page.locator('.recorded summary').click();
    const apply = page.getByRole('button', { name: 'Show the record of then' });
    await apply.click();
    expect(await page.textContent('#recorded-error')).toBe('Type a whole date and time.');
    await page.fill('#recorded-at', '2099-01-01T00:00');
    await apply.click();
    expect(await page.textContent('#recorded-error')).toBe('That instant is still to come.');
    expect(page.url()).not.toContain('recorded=');
  });
});

describe('downloads', () => {
  it('are of the date and the period of the map, in one place', async () => {
    const page = await go('#date=2022-05-01&layers=bazaars,incidents');
    expect(await page.locator('.panel a[download]').count()).toBe(0);
    await page.getByText('Share and save').click();
    await page.selectOption('.modal-share select', 'csv');
    const hrefs = await page.locator('.downloads a').evaluateAll(nodes => nodes.map(node => node.getAttribute('href')));
    expect(hrefs).toHaveLength(2);
    expect(hrefs[0]).toMatch(/^api\/bazaars\.csv\?datetime=2022-05-01&bbox=/);
    expect(hrefs[1]).toMatch(/^api\/incidents\.csv\?datetime=2021-05-02%2F2022-05-01&bbox=/);
    for (const href of hrefs) expect((await page.request.get(site.url + href)).status()).toBe(200);
  });
});

describe('a phone', () => {
  it('has a thin bar that unfolds, within its width', async () => {
    const page = await go('#date=2022-05-01', phone);
    const height = () => page.$eval('.timebar', node => node.getBoundingClientRect().height);
    expect(await height()).toBeLessThan(100);
    expect(await page.locator('.timeline').isVisible()).toBe(false);
    const loaded = () =>
      page.evaluate(() => performance.getEntriesByType('resource').some(({ name }) => name.includes('on-demand')));
    expect(await loaded()).toBe(false);
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
    const page = await go('', phone);
    const client = await page.context().newCDPSession(page);
    await client.send('Page.setFontSizes', { fontSizes: { standard: 32, fixed: 26 } });
    await page.goto(`${site.url}#date=2022-05-01&lang=${lang}`);
    await page.reload();
    await drawn(page);
    expect(await overflowing(page)).toEqual([]);
    await page.tap('.timeline-opener');
    await page.waitForSelector('.histogram .bar');
    expect(await page.$eval('select', node => getComputedStyle(node).fontSize)).toBe('26px');
    expect(await overflowing(page)).toEqual([]);
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
