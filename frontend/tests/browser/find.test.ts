/** The list and the search, in a real browser. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { keep, openSite } from './browser';
import { typeDate } from './dated';
import { type } from './finding';
import { axeSays } from './reading';

const site = openSite();
const { go } = site;

const activeText = (page: Page) => page.evaluate(() => document.activeElement?.textContent);

/** As the page sorts texts, what is not known last. */
function inOrder(texts: readonly string[]): string[] {
  const collator = new Intl.Collator('en', { numeric: true });
  return [...texts].sort((a, b) => Number(a === '') - Number(b === '') || collator.compare(a, b));
}

/** The days since which the listed things are as they are, as the server has them; blank where it has none. */
async function listedDays(page: Page): Promise<string[]> {
  const keys = await page.$$eval('.list tbody tr', rows => rows.map(row => (row as HTMLElement).dataset.item ?? ''));
  const days = new Map<string, string>();
  for (const id of new Set(keys.map(key => key.replace(/\/.*/, '')))) {
    const when = id === 'incidents' ? '2021-05-02/2022-05-01' : '2022-05-01';
    const answer = await page.request.get(`${site.url}api/collections/${id}/items?limit=10000&datetime=${when}`);
    for (const { id: item, properties } of (await answer.json()).features) {
      days.set(`${id}/${item}`, (id === 'incidents' ? properties.start_date : properties.status_since) ?? '');
    }
  }
  return keys.map(key => days.get(key) ?? 'not in the answer');
}

describe('the list', () => {
  it('holds what the server has in the map’s view, sorts, and opens by Enter', async () => {
    const page = await go('#date=2022-05-01&map=9/37.2/68.6');
    await page.getByRole('button', { name: 'List', exact: true }).click();
    await page.waitForSelector('.list tbody tr');
    expect(page.url()).toContain('list=1');
    const rows = await page.locator('.list tbody tr').count();
    expect(await page.textContent('.list-count')).toMatch(new RegExp(`^${rows} of \\d+ as of 1 May 2022$`));
    await keep(page, 'list-desktop');
    const names = () => page.locator('.list tbody th').allTextContents();
    const ascending = await names();
    await page.locator('[data-column="name"] button').click();
    expect(await page.getAttribute('[data-column="name"]', 'aria-sort')).toBe('descending');
    expect(await names()).toEqual(ascending.reverse());
    await page.locator('[data-column="since"] button').click();
    expect(await page.getAttribute('[data-column="name"]', 'aria-sort')).toBeNull();
    expect(await listedDays(page)).toEqual(inOrder(await listedDays(page)));
    for (const [column, at] of [
      ['kind', 1],
      ['status', 2],
      ['country', 4],
    ] as const) {
      const texts = async () =>
        (await page.locator(`.list tbody tr > :nth-child(${at + 1})`).allTextContents()).map(text =>
          text === 'not known' ? '' : text,
        );
      await page.locator(`[data-column="${column}"] button`).click();
      expect(await page.getAttribute(`[data-column="${column}"]`, 'aria-sort')).toBe('ascending');
      const sorted = await texts();
      expect(new Set(sorted).size).toBeGreaterThan(1);
      expect(sorted).toEqual(inOrder(sorted));
      await page.locator(`[data-column="${column}"] button`).click();
      // What is not known comes last either way.
      const known = sorted.filter(text => text !== '').reverse();
      expect(await texts()).toEqual([...known, ...sorted.filter(text => text === '')]);
    }
    await page.locator('.list-open').first().focus();
    const name = await activeText(page);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.details h2');
    expect(await page.textContent('.details h2')).toBe(name);
  });

  it('follows the map and the date, and is part of the address', async () => {
    const page = await go('#date=2022-05-01&map=7/37.6/69.9&list=1');
    await page.waitForSelector('.list tbody tr');
    const wide = await page.textContent('.list-count');
    await page.locator('.leaflet-control-zoom-in').click();
    await page.locator('.leaflet-control-zoom-in').click();
    await expect.poll(() => page.textContent('.list-count')).not.toBe(wide);
    await typeDate(page, '#as-of', '2023-10-01');
    await expect.poll(() => page.textContent('.list-count')).toContain('1 October 2023');
    await page.locator('.list-close').click();
    expect(page.url()).not.toContain('list=1');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('List');
    await page.goBack();
    await page.waitForSelector('.list tbody tr');
  });

  it('turns pages above a hundred rows, and says what it does not list', async () => {
    const page = await go('#date=2022-05-01&period=2001-01-01/2026-11-01&map=5/37/68&list=1');
    await page.waitForSelector('.list tbody tr');
    expect(await page.locator('.list tbody tr').count()).toBe(100);
    expect(await page.textContent('.list-remarks')).toMatch(/\d+ with no known position/);
    const first = await page.textContent('.list tbody th');
    await page.getByRole('button', { name: 'Next page' }).click();
    expect(await page.textContent('.list-pages span')).toMatch(/Page 2 of/);
    expect(await page.textContent('.list tbody th')).not.toBe(first);
  });

  it('agrees with the server about points in a box', async () => {
    const page = await go('#date=2022-05-01&map=8/37.5/70&layers=crossings,bazaars,power-facilities&list=1');
    await page.waitForSelector('.list tbody tr');
    const listed = await page
      .locator('.list tbody tr')
      .evaluateAll(rows => rows.map(row => (row as HTMLElement).dataset.item).sort());
    const box = await page.evaluate(() => {
      const node = document.querySelector('#map');
      return { width: node?.clientWidth ?? 0, height: node?.clientHeight ?? 0 };
    });
    const bbox = boxOf(8, 37.5, 70, box.width, box.height).join();
    const asked: string[] = [];
    for (const id of ['crossings', 'bazaars', 'power-facilities']) {
      const answer = await page.request.get(
        `${site.url}api/collections/${id}/items?bbox=${bbox}&datetime=2022-05-01&limit=1000`,
      );
      asked.push(...(await answer.json()).features.map((feature: { id: string }) => `${id}/${feature.id}`));
    }
    expect(asked.length).toBeGreaterThan(5);
    expect(listed).toEqual(asked.sort());
  });
});

describe('where there is nothing to show', () => {
  it('a map without layers, and a list that does not come, leave axe nothing to say', async () => {
    const page = await go('#date=2022-05-01&layers=');
    expect(await axeSays(page)).toEqual([]);
    await page.route(/assets\/list-[\w-]+\.js/, route => route.abort());
    await page.getByRole('button', { name: 'List', exact: true }).click();
    await page.waitForSelector('.list-failed button');
    expect(await axeSays(page)).toEqual([]);
    site.takeFaults(); // the browser reports the cut itself
  });
});

describe('the search', () => {
  it.each([['ishkoshim'], ['Ишкошим'], ['اشکاشم'], ['eshkashem']])('finds Ishkoshim by %s', async typed => {
    const page = await go('#date=2022-05-01');
    const found = await type(page, typed);
    expect(found.length).toBeGreaterThan(2);
    expect(found.every(text => /[iе]sh?k|ишк|اشک|markets/i.test(text))).toBe(true);
    expect(found[0]).toContain('Ishkoshim – Eshkashem');
    if (typed === 'اشکاشم') await keep(page, 'search-desktop');
  });

  it('is worked by the keyboard, opens what is chosen and gives the focus back', async () => {
    const page = await go('#date=2022-05-01&layers=incidents&map=5/40/75');
    await type(page, 'ishkoshim');
    // Once the names are there nothing more is asked, and what is typed is found at once.
    const requests: string[] = [];
    page.on('request', request => requests.push(request.url()));
    const found = await page.$eval('.search-input', input => {
      (input as HTMLInputElement).value = 'tem-demogan';
      input.dispatchEvent(new InputEvent('input', { bubbles: true }));
      return [...document.querySelectorAll('.search-list [role="option"]')].map(option => option.textContent);
    });
    expect(found[0]).toContain('Tem – Demogan');
    expect(requests).toEqual([]);
    await page.keyboard.press('ArrowDown');
    const active = await page.getAttribute('.search-input', 'aria-activedescendant');
    expect(await page.locator(`[id="${active}"]`).getAttribute('aria-selected')).toBe('true');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.details[data-item="crossings/tem-demogan"]');
    // Its layer was off, and its place out of sight.
    await page.locator('.map-mark[aria-label^="Tem – Demogan"]').waitFor();
    expect(await page.getAttribute('.search-input', 'aria-expanded')).toBe('false');
    await page.keyboard.press('Escape');
    expect(await page.evaluate(() => document.activeElement?.className)).toBe('search-input');
  });

  it('goes to coordinates and marks them, and to a country and lists it', async () => {
    const page = await go('#date=2022-05-01');
    expect((await type(page, "37°06'N 71°30'E"))[0]).toContain('Go to 37.1, 71.5');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => location.hash.includes('map=11/37.1'));
    const pin = page.locator('.map-mark[aria-label^="Place searched for"]');
    await pin.click();
    expect(await pin.count()).toBe(0);
    expect((await type(page, 'تاجیکستان'))[0]).toContain('Tajikistan');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.list tbody tr');
    expect((await type(page, '1 1'))[0]).toContain('outside this map');
  });

  it('says what is not in the period shown, and opens it all the same', async () => {
    const page = await go('#date=2018-01-01');
    const found = await type(page, 'Golovnoy');
    expect(found[0]).toContain('not in the incident period shown');
    // By its id, which is none of its names.
    expect((await type(page, 'golovnoy-clash-2021-04'))[0]).toMatch(/^Kyrgyz-Tajik fighting .*golovnoy-clash-2021-04/);
    await page.locator('.search-list [role="option"]').first().click();
    await page.waitForSelector('.details[data-item="incidents/golovnoy-clash-2021-04"]');
  });

  it('closes with Escape, then empties, and says when nothing is found or comes', async () => {
    const page = await go('#date=2022-05-01');
    expect(await type(page, 'zzzzz')).toEqual([]);
    expect(await page.textContent('.search-status')).toBe('Nothing found');
    expect(await axeSays(page)).toEqual([]);
    await page.keyboard.press('Escape');
    expect(await page.inputValue('.search-input')).toBe('zzzzz');
    await page.keyboard.press('Escape');
    expect(await page.inputValue('.search-input')).toBe('');
  });

  it('asks again where the names did not come', async () => {
    const page = await go('#date=2022-05-01');
    await page.route(/items\?limit=10000&properties/, route => route.abort());
    await page.locator('.search-input').click();
    await page.keyboard.type('te');
    // A cut line is asked again twice before it is told.
    await expect.poll(() => page.textContent('.search-status'), { timeout: 10_000 }).toContain('could not be loaded');
    await page.unroute(/items\?limit=10000&properties/);
    await page.keyboard.type('m');
    await page.waitForSelector('.search-list [role="option"]');
    site.takeFaults(); // the browser reports the cut itself
  });
});

/** The box a map of Web Mercator shows: west, south, east, north. */
function boxOf(zoom: number, lat: number, lon: number, width: number, height: number): number[] {
  const world = 256 * 2 ** zoom;
  const x = ((lon + 180) / 360) * world;
  const y = (0.5 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / (2 * Math.PI)) * world;
  const lonAt = (px: number) => (px / world) * 360 - 180;
  const latAt = (py: number) => (Math.atan(Math.sinh((0.5 - py / world) * 2 * Math.PI)) * 180) / Math.PI;
  return [lonAt(x - width / 2), latAt(y + height / 2), lonAt(x + width / 2), latAt(y - height / 2)];
}
