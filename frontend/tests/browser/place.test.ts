/** Filters, the route, clusters, circles and the basemap, in a browser. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { desktop, drawn, keep, openSite, phone } from './browser';
import { typeDate } from './dated';
import { axeSays, foreignWords, narrow, overflowing } from './reading';
import { startServer } from './server';

let tilesAsked: string[] = [];
const tiles = createServer((request, response) => {
  tilesAsked.push(request.url ?? '');
  response.writeHead(200, { 'Content-Type': 'image/png' }).end(pixel);
});

/** One grey pixel, which every tile is. */
const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGOoBwAAgQCAvlRUVgAAAABJRU5ErkJggg==',
  'base64',
);

const site = openSite({
  start: async () => {
    await new Promise<void>(resolve => tiles.listen(0, '127.0.0.1', resolve));
    return startServer({
      OXUS_BASEMAP_TILES: `${tilesAddress()}/{z}/{x}/{y}.png`,
      OXUS_BASEMAP_ATTRIBUTION: '© Invented <b>makers</b>',
    });
  },
  // The operator's own server is the one other host that may be asked.
  allowed: fault => fault.startsWith(`another host: ${tilesAddress()}`),
});
const { go } = site;

afterEach(() => {
  tilesAsked = [];
});

afterAll(() => void tiles.close());

function tilesAddress(): string {
  return `http://127.0.0.1:${(tiles.address() as AddressInfo).port}`;
}

const section = (page: Page, id: string) => page.locator(`[data-collection="${id}"]`);
const row = (page: Page, id: string, code: string) => section(page, id).locator(`[data-code="${code}"] button`);
const countOf = async (page: Page, id: string) => Number(await section(page, id).locator('.layer-count').textContent());

/** What the marks of incidents on the map and just beyond its edge are called. */
const incidentMarks = (page: Page) =>
  page.$$eval('.leaflet-incidents-pane .map-mark', nodes => nodes.map(node => node.ariaLabel ?? ''));
/** How many incidents they stand for. */
const membersOnMap = async (page: Page) =>
  (await incidentMarks(page)).reduce((sum, label) => sum + Number(/^(\d+) incidents here/.exec(label)?.[1] ?? 1), 0);

describe('filters', () => {
  it('by status dim places, leave them out of counts, and stand in the address', async () => {
    const page = await go('#date=2022-05-01&map=8/37/70.5');
    const closed = Number(await row(page, 'bazaars', 'closed').locator('b').textContent());
    expect(closed).toBeGreaterThan(0);
    await row(page, 'bazaars', 'closed').focus();
    await page.keyboard.press('Space');
    await expect.poll(() => page.url()).toContain('status=closed');
    expect(await countOf(page, 'bazaars')).toBe(closed);
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-pressed'))).toBe('true');
    expect(await row(page, 'bazaars', 'unknown').locator('b').textContent()).toBe('0');
    const dimmed = page.locator('.map-mark.dimmed');
    expect(await dimmed.count()).toBeGreaterThan(3);
    for (const [name, value] of [
      ['tabindex', '-1'],
      ['aria-hidden', 'true'],
    ] as const) {
      expect(await dimmed.first().getAttribute(name)).toBe(value);
    }
    expect(await page.locator('.map-mark.dimmed[aria-label*="Closed"]').count()).toBe(0);
    expect(await page.locator('.map-mark:not(.dimmed)[aria-label*="bazaars: Open"]').count()).toBe(0);
    await keep(page, 'place-filtered');
    await row(page, 'bazaars', 'unknown').click();
    expect(page.url()).toContain('status=closed,unknown');
    await page.click('.clear-filters');
    await expect.poll(() => page.locator('.map-mark.dimmed').count()).toBe(0);
    expect(page.url()).not.toContain('status=');
    expect(await page.locator('.clear-filters').isVisible()).toBe(false);
  });

  it('by category, confidence and country hide incidents', async () => {
    const page = await go('#date=2022-05-01&period=2001-01-01/2026-11-01&layers=incidents&map=6/37/70');
    const all = await countOf(page, 'incidents');
    const matched = async (filter: string) => {
      const query = new URLSearchParams({ datetime: '2001-01-01/2026-11-01', limit: '1', count: 'exact', filter });
      const answer = await page.request.get(`${site.url}api/collections/incidents/items?${query}`);
      return (await answer.json()).numberMatched;
    };
    const before = await membersOnMap(page);
    await row(page, 'incidents', 'closure').click();
    expect(await countOf(page, 'incidents')).toBe(await matched("category='closure'"));
    expect(page.url()).toContain('category=closure');
    // The others leave the map, and the rings that held them.
    const labels = await incidentMarks(page);
    expect(labels.filter(label => !/^\d+ incidents here\. Closure \d+$|\. Closure, /.test(label))).toEqual([]);
    const left = await membersOnMap(page);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(before);
    await row(page, 'incidents', 'closure').click();
    await expect.poll(() => membersOnMap(page)).toBe(before);
    await section(page, 'incidents').locator('.facets summary').click();
    await row(page, 'incidents', 'disputed').click();
    const disputed = await countOf(page, 'incidents');
    expect(disputed).toBeGreaterThan(0);
    expect(disputed).toBeLessThan(all);
    await row(page, 'incidents', 'TJ').click();
    const both = await countOf(page, 'incidents');
    expect(both).toBe(await matched("confidence='disputed' AND country='Tajikistan'"));
    expect(page.url()).toContain('country=TJ&confidence=disputed');
    await page.reload();
    await drawn(page);
    expect(await countOf(page, 'incidents')).toBe(both);
    expect(await page.textContent('.clear-filters')).toBe('Clear 2 filters');
  });

  it('by voltage dim lines and take their bands away', async () => {
    const page = await go('#date=2022-05-01&layers=transmission-lines&map=6/36.5/67');
    const lines = await page.locator('.line-band').count();
    await section(page, 'transmission-lines').locator('.facets summary').click();
    await row(page, 'transmission-lines', '220').click();
    const left = await countOf(page, 'transmission-lines');
    expect(left).toBeGreaterThan(0);
    expect(await page.locator('.line-band').count()).toBe(left);
    expect(await page.locator('.line-dimmed').count()).toBe(lines - left);
    await keep(page, 'place-voltage');
  });

  it('leave the counts of the date', async () => {
    const page = await go('#date=2022-05-01&status=closed&layers=bazaars');
    const before = await countOf(page, 'bazaars');
    await typeDate(page, '#as-of', '2023-10-01');
    await page.waitForFunction(
      () => document.documentElement.dataset.load === 'done' && location.hash.includes('2023-10-01'),
    );
    await expect.poll(() => countOf(page, 'bazaars')).not.toBe(before);
  });
});

describe('the route', () => {
  const hash = '#date=2024-06-01&layers=casa-1000';

  async function unfold(options: BrowserContextOptions = desktop): Promise<Page> {
    const page = await go(hash, options);
    await page.locator('.route-fold summary').click();
    await page.waitForSelector('.route-sections');
    return page;
  }

  it('lists its sections in order, with status and published length', async () => {
    const page = await unfold();
    const rows = await page.locator('.route-sections button').allTextContents();
    expect(rows).toHaveLength(5);
    expect(rows[0]).toMatch(/^1\. .*Datka.*485 km published: whole line/);
    expect(rows[4]).toMatch(/^5\. .*113 km published/);
    expect(await page.textContent('.route-progress')).toMatch(/\d of 5 sections: /);
    expect(await page.textContent('.route-progress')).toContain('of 1,400 km by published lengths');
    await keep(page, 'place-route');
  });

  it('is walked section by section, by the keyboard', async () => {
    const page = await unfold();
    const next = page.getByRole('button', { name: 'Next section' });
    await next.focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.textContent('.route-at')).toMatch(/^Section 1 of 5: .*Datka/);
    await page.waitForFunction(() => location.hash.includes('/40.'));
    await page.keyboard.press('Enter');
    await expect.poll(() => page.textContent('.route-at')).toMatch(/^Section 2 of 5/);
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Next section');
    expect(await page.locator('.route-sections [aria-current="step"]').count()).toBe(1);
    await page.getByRole('button', { name: 'Previous section' }).click();
    await expect.poll(() => page.textContent('.route-at')).toMatch(/^Section 1 of 5/);
  });

  it('is flown along, and stops when told to', async () => {
    const page = await unfold();
    await page.getByRole('button', { name: 'Fly along' }).click();
    await expect.poll(() => page.textContent('.route-at'), { timeout: 15_000 }).toMatch(/^Section 2 of 5/);
    await page.getByRole('button', { name: 'Stop' }).click();
    const stopped = page.url();
    await page.waitForTimeout(1500);
    expect(page.url()).toBe(stopped);
    await page.getByRole('button', { name: 'Fly along' }).waitFor();
  });

  it('is walked and flown in Dari on the narrowest phone, by the keyboard alone', async () => {
    const page = await go(`${hash}&lang=fa`, narrow);
    const press = async (name: string, key = 'Enter') => {
      await page.locator(name).focus();
      await page.keyboard.press(key);
    };
    await press('.panel-opener');
    await press('.route-fold summary');
    await page.waitForSelector('.route-sections');
    expect(await page.locator('.route-sections button').count()).toBe(5);
    await press('[data-focus="next"]');
    const at = () => page.textContent('.route-at');
    await expect.poll(at).toMatch(/۱.*۵/);
    await press('[data-focus="fly"]');
    await expect.poll(at, { timeout: 15_000 }).toMatch(/۲.*۵/);
    // At the zoom of a flight, though the map was still on its way to the section before.
    expect(page.url()).toContain('#map=8/');
    const flying = page.locator('[data-focus="fly"]');
    const [stop, start] = [await flying.textContent(), 'پرواز بر مسیر'];
    expect(stop).not.toBe(start);
    await page.keyboard.press('Escape');
    await expect.poll(() => flying.textContent()).toBe(start);
    // The address follows the map after a moment, which is long where the machine has other work, and then stays.
    const stays = async () => {
      const before = page.url();
      await page.waitForTimeout(1500);
      return page.url() === before;
    };
    await expect.poll(stays, { timeout: 15_000 }).toBe(true);
    expect(await page.locator('.route-at bdi').getAttribute('lang')).toBe('en');
    // The makers of the operator's tiles are invented here, and have no name in Dari.
    expect((await foreignWords(page)).filter(word => !['Invented', 'makers'].includes(word))).toEqual([]);
    expect(await overflowing(page)).toEqual([]);
    expect(await axeSays(page)).toEqual([]);
    await page.locator('.route-at').scrollIntoViewIfNeeded();
    await keep(page, 'place-route-fa-narrow');
  });

  it('jumps where no motion is wanted', async () => {
    const page = await unfold({ ...desktop, reducedMotion: 'reduce' });
    await page.getByRole('button', { name: 'Fly along' }).click();
    await expect.poll(() => page.textContent('.route-at')).toMatch(/^Section 1 of 5/);
    expect(await page.locator('.leaflet-pan-anim').count()).toBe(0);
    await expect.poll(() => page.textContent('.route-at'), { timeout: 20_000 }).toMatch(/^Section 5 of 5/);
    await page.getByRole('button', { name: 'Fly along' }).waitFor();
  });
});

describe('marks', () => {
  it('have circles of accuracy where these are larger than the mark', async () => {
    const inked = (page: Page) =>
      page.$eval('.leaflet-accuracy-pane canvas', canvas => {
        const { width, height } = canvas as HTMLCanvasElement;
        return (canvas as HTMLCanvasElement)
          .getContext('2d')
          ?.getImageData(0, 0, width, height)
          .data.some(byte => byte > 0);
      });
    const near = await go('#date=2022-05-01&map=11/36.74/71.58&layers=crossings,bazaars');
    expect(await inked(near)).toBe(true);
    await keep(near, 'place-circles');
    const far = await go('#date=2022-05-01&map=7/36.74/71.58&layers=crossings,bazaars');
    expect(await far.locator('.leaflet-accuracy-pane canvas').count()).toBe(0);
  });

  it('of schematic lines are dashes on a soft band', async () => {
    const page = await go('#date=2022-05-01&map=7/37/69&layers=transmission-lines,casa-1000');
    const casings = page.locator('.line-casing.schematic');
    expect(await casings.count()).toBe(21);
    expect(await casings.first().getAttribute('stroke-linecap')).toBe('round');
    await keep(page, 'place-lines');
  });
});

describe('the online map', () => {
  it('is not asked until the reader turns it on, and is credited as text', async () => {
    const page = await go('#date=2022-05-01&map=7/37.6/69.9');
    await page.waitForSelector('.online:not([hidden])');
    expect(tilesAsked).toEqual([]);
    await page.locator('#online-map').check();
    await expect.poll(() => tilesAsked.length).toBeGreaterThan(3);
    expect(page.url()).toContain('online=1');
    expect(tilesAsked[0]).toMatch(/^\/7\/\d+\/\d+\.png$/);
    expect(await page.textContent('.attribution')).toContain('© Invented <b>makers</b>');
    await page.waitForSelector('.online-drawn');
    expect(await page.textContent('#online-note')).toContain('127.0.0.1');
    expect(await axeSays(page)).toEqual([]);
    await page.locator('#online-map').uncheck();
    expect(await page.locator('.leaflet-online-pane img').count()).toBe(0);
    expect(await page.locator('.attribution span').isVisible()).toBe(false);
    expect(page.url()).not.toContain('online');
  });
});

describe('what is new', () => {
  const filtered = '#date=2022-05-01&status=closed&category=closure&country=AF';
  it.each([
    ['light', desktop, 'light'],
    ['dark', desktop, 'dark'],
    ['phone', phone, 'light'],
    ['narrow', narrow, 'light'],
  ] as const)('leaves axe nothing to say, %s', async (name, options, colorScheme) => {
    const page = await go(filtered, { ...options, colorScheme });
    if (await page.locator('.panel-opener').isVisible()) await page.locator('.panel-opener').click();
    await page.locator('.route-fold summary').click();
    await page.waitForSelector('.route-sections');
    await section(page, 'bazaars').locator('.facets summary').click();
    await keep(page, `place-${name}`);
    expect(await axeSays(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(options.viewport?.width);
  });

  it('has rows and buttons a finger can hit', async () => {
    const page = await go(filtered, phone);
    await page.tap('.panel-opener');
    await page.locator('.route-fold summary').tap();
    await page.waitForSelector('.route-sections');
    await section(page, 'bazaars').locator('.facets summary').tap();
    const small = await page.$$eval('#panel button, #panel summary, #panel .layer-head', nodes =>
      nodes
        .map(node => ({ node, box: node.getBoundingClientRect() }))
        .filter(({ box }) => box.width > 0 && (box.height < 44 || box.width < 44))
        .map(({ node, box }) => `${node.className} ${box.width}×${box.height}`),
    );
    expect(small).toEqual([]);
  });

  it('is turned round from right to left', async () => {
    const page = await go(`${filtered}&lang=fa`);
    await page.locator('.route-fold summary').click();
    await page.waitForSelector('.route-sections');
    await keep(page, 'place-fa');
    expect(await axeSays(page)).toEqual([]);
  });
});
