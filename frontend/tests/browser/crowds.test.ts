/** 8,000 invented crossings and 6,000 invented lines: collections too large to be fetched, drawn from tiles. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { desktop, keep, phone } from './browser';
import { layerCount, openCrowdedSite, painted, tiles } from './crowded';
import { fillCrowds } from './database';
import { typeDate } from './dated';
import { axeSays, narrow } from './reading';

const [crossings, lines] = [8000, 6000];
const minute = 60_000;

const site = openCrowdedSite(database => fillCrowds(database, { crossings, lines }));
const { go } = site;

const legend = (page: Page, collection: string, facet: string) =>
  page.$$eval(`[data-collection="${collection}"] [data-facet="${facet}"] li`, rows =>
    Object.fromEntries(
      rows.map(row => [
        (row as HTMLElement).dataset.code,
        Number(row.querySelector('b')?.textContent?.replaceAll(',', '')),
      ]),
    ),
  );

/** How many features the marks in sight stand for: what the keyboard's buttons say. */
const shown = (page: Page) =>
  page.$$eval('.crowd-handle', handles =>
    handles.reduce(
      (sum, { ariaLabel }) => sum + (Number(/: ([\d,]+) here\./.exec(ariaLabel ?? '')?.[1]?.replaceAll(',', '')) || 1),
      0,
    ),
  );

const closed = [0xb3, 0x26, 0x1e] as const;
const works = [0x00, 0x79, 0x6b] as const;

describe('8,000 crossings', () => {
  const near = '#layers=crossings&date=2023-06-01&map=12/37.56/70';

  it('are all on the map, in its legend and in its counts, by status, as of the date', async () => {
    const page = await go('#layers=crossings&date=2023-06-01&map=6/37.5/70');
    expect(await layerCount(page, 'crossings')).toBe('8,000');
    expect(await legend(page, 'crossings', 'status')).toEqual({
      open: 2000,
      closed: 2000,
      restricted: 2000,
      unknown: 2000,
    });
    expect(await legend(page, 'crossings', 'country')).toEqual({ TJ: 8000, AF: 4000, UZ: 4000 });
    expect(await shown(page)).toBe(crossings);
    expect(await page.locator('.map-mark').count()).toBe(0);
    const first = await page.locator('.crowd-handle').first().getAttribute('aria-label');
    expect(first).toMatch(/^Crossings: [\d,]+ here\. .*(Open|Closed|Unknown|Restricted) \d/);
    await keep(page, 'crowds-crossings');
    await typeDate(page, '#as-of', '2020-06-01');
    await expect
      .poll(() => legend(page, 'crossings', 'status'), { timeout: minute })
      .toEqual({ open: 6000, unknown: 2000 });
    await expect.poll(() => painted(page, closed), { timeout: minute }).toBe(0);
    await tiles(page);
    expect(await shown(page)).toBe(crossings);
  });

  it('look as they do one by one when they are near, and open under the pointer', async () => {
    const page = await go(near);
    const single = page.locator('.crowd-handle[aria-label^="Invented crossing"]');
    expect(await single.count()).toBeGreaterThan(3);
    expect(await single.first().getAttribute('aria-label')).toMatch(/\. Crossings: (Open|Closed|Restricted|Unknown)$/);
    expect(await painted(page, closed)).toBeGreaterThan(50);
    await keep(page, 'crowds-crossings-near');
    const box = await single.first().boundingBox();
    if (!box) throw new Error('there is no mark');
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    expect(await page.textContent('.map-tooltip')).toContain('Invented crossing');
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await page.waitForSelector('.details[data-item^="crossings/invented-"]');
  });

  it('open by the keyboard, from a ring to one of them', async () => {
    const page = await go('#layers=crossings&date=2023-06-01&map=9/37.5/70');
    const zoom = () => Number(/map=(\d+)/.exec(page.url())?.[1]);
    while (zoom() < 14 && (await page.locator('.crowd-handle[aria-label^="Invented crossing"]').count()) === 0) {
      const before = zoom();
      await page.locator('.crowd-handle').first().focus();
      await page.waitForSelector('.map-tooltip');
      await page.keyboard.press('Enter');
      await page.waitForFunction(was => Number(/map=(\d+)/.exec(location.hash)?.[1]) > was, before);
      await tiles(page);
      expect(await page.evaluate(() => document.activeElement?.className)).toBe('crowd-handle');
    }
    await page.locator('.crowd-handle[aria-label^="Invented crossing"]').first().focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('.details[data-item^="crossings/invented-"]');
  });

  it('are filtered by the server, and what is left out stands back', async () => {
    const page = await go(near);
    const [before, green] = [await painted(page, closed), await painted(page, works)];
    expect(green).toBeGreaterThan(50);
    await page.click('[data-collection="crossings"] [data-code="closed"] button');
    await expect.poll(() => layerCount(page, 'crossings')).toBe('2,000');
    await tiles(page);
    expect(await legend(page, 'crossings', 'status')).toEqual({ open: 0, closed: 2000, restricted: 0, unknown: 0 });
    expect(await painted(page, works)).toBe(0);
    expect(await painted(page, closed)).toBeGreaterThan(before / 2);
    const said = await page.$$eval('.crowd-handle', nodes => nodes.map(node => node.ariaLabel));
    expect(said.length).toBeGreaterThan(0);
    expect(said.every(text => text?.includes('Closed'))).toBe(true);
    await keep(page, 'crowds-crossings-filtered');
    await page.click('.clear-filters');
    await expect.poll(() => layerCount(page, 'crossings')).toBe('8,000');
  });

  it('come out from under what lies over the map when the keyboard comes to them', async () => {
    const page = await go('#layers=crossings&date=2023-06-01&map=9/37.5/70', { ...phone, reducedMotion: 'reduce' });
    await page.locator('#map').focus();
    const seen: (string | null)[] = [];
    while (seen.length < 30) {
      await page.keyboard.press('Tab');
      const over = await page.evaluate(() => {
        const node = document.activeElement;
        if (!node?.classList.contains('crowd-handle')) return undefined;
        const { x, y, width, height } = node.getBoundingClientRect();
        const at = document.elementFromPoint(x + width / 2, y + height / 2);
        return at?.closest('#map') && !at.closest('.leaflet-control') ? null : (at?.className ?? 'outside');
      });
      if (over !== undefined) seen.push(over);
      else if (seen.length > 0) break;
    }
    expect(seen.length).toBeGreaterThan(10);
    expect(seen.filter(over => over !== null)).toEqual([]);
  });

  it('are listed from the server, the first of what is in view', async () => {
    const page = await go('#layers=crossings&date=2023-06-01&map=7/37.5/70&list=1');
    await page.waitForFunction(() => document.querySelectorAll('.list tbody tr').length === 100);
    expect(await page.textContent('.list-count')).toMatch(/^[\d,]+ of 8,000/);
    expect(await page.textContent('.list-remarks')).toContain('first 500');
    await page.evaluate(() => {
      location.hash = location.hash.replace('map=7/37.5/70', 'map=12/37.56/70');
    });
    await expect.poll(() => page.locator('.list tbody tr').count()).toBeLessThan(100);
    await expect.poll(() => page.textContent('.list-remarks')).toBe('');
    await page.locator('.list tbody tr button').first().click();
    await page.waitForSelector('.details[data-item^="crossings/invented-"]');
  });

  it('fade by the age of their sources, as they do one by one', async () => {
    const page = await go('#layers=crossings&date=2026-06-01&map=12/37.56/70');
    // The only source is three years old on that day: nothing of a status that may still hold is drawn at full strength.
    await expect.poll(() => painted(page, closed), { timeout: minute }).toBe(0);
  });
});

describe('6,000 lines', () => {
  it('are all drawn, counted by voltage, and named to the keyboard', async () => {
    const page = await go('#layers=transmission-lines&date=2023-06-01&map=6/37.5/70');
    expect(await layerCount(page, 'transmission-lines')).toBe('6,000');
    expect(await legend(page, 'transmission-lines', 'voltage')).toEqual({ 500: 2000, 220: 2000, unknown: 2000 });
    expect(await legend(page, 'transmission-lines', 'status')).toEqual({
      operating: 2000,
      damaged: 2000,
      unknown: 2000,
    });
    expect(await page.locator('.crowd-handle').count()).toBe(120);
    expect(await page.locator('path.line-band').count()).toBe(0);
    await keep(page, 'crowds-lines');
  });

  it('open under the pointer and by the keyboard, and say what they are', async () => {
    const page = await go('#layers=transmission-lines&date=2023-06-01&map=12/37.52/70.02');
    const handle = page.locator('.crowd-handle').first();
    expect(await handle.getAttribute('aria-label')).toMatch(
      /^Invented line \d+\. Transmission lines: (Operating|Damaged|Unknown)$/,
    );
    await keep(page, 'crowds-lines-near');
    const box = await handle.boundingBox();
    if (!box) throw new Error('there is no line');
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await page.mouse.move(x, y);
    expect(await page.textContent('.map-tooltip')).toContain('Invented line');
    await page.mouse.click(x, y);
    await page.waitForSelector('.details[data-item^="transmission-lines/invented-"]');
    await page.click('.details-close, .sheet-close');
    await handle.focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('.details[data-item^="transmission-lines/invented-"]');
  });

  it('keep their buttons when the map is drawn again, so that none is gone under the hand', async () => {
    const page = await go('#layers=transmission-lines&date=2023-06-01&map=12/37.52/70.02');
    await page.$$eval('.crowd-handle', nodes => {
      for (const node of nodes) (node as HTMLElement).dataset.before = node.ariaLabel ?? '';
    });
    const count = await page.locator('.crowd-handle').count();
    const size = () => page.$eval('#map', node => node.clientWidth);
    const before = await size();
    await page.setViewportSize({ width: 1010, height: 800 });
    await expect.poll(size).toBeLessThan(before);
    await expect.poll(() => page.locator('.crowd-handle').count()).toBeLessThan(count);
    const names = await page.$$eval('.crowd-handle', nodes =>
      nodes.map(node => [node.ariaLabel, (node as HTMLElement).dataset.before]),
    );
    expect(names.length).toBeGreaterThan(3);
    for (const [now, then] of names) expect(then).toBe(now);
  });

  it('are filtered by the server, and what is left out stands back', async () => {
    const page = await go('#layers=transmission-lines&date=2023-06-01&map=12/37.52/70.02');
    expect(await painted(page, closed)).toBeGreaterThan(50);
    await page.click('[data-collection="transmission-lines"] [data-code="operating"] button');
    await expect.poll(() => layerCount(page, 'transmission-lines')).toBe('2,000');
    await tiles(page);
    expect(await painted(page, closed)).toBe(0);
    expect(await painted(page, works)).toBeGreaterThan(50);
    await keep(page, 'crowds-lines-filtered');
  });
});

it.each([
  ['desktop', desktop, 'light'],
  ['dark', desktop, 'dark'],
  ['phone', phone, 'light'],
  ['narrow', narrow, 'light'],
] as const)('both at once please axe, and points lie above lines: %s', async (name, options, colorScheme) => {
  const page = await go('#layers=crossings,transmission-lines&date=2023-06-01&map=10/37.5/70', {
    ...options,
    colorScheme,
  });
  expect(await axeSays(page)).toEqual([]);
  await keep(page, `crowds-${name}`);
  const ring = page.locator('.crowd-handle[aria-label^="Crossings"]').first();
  const box = await ring.boundingBox();
  if (!box) throw new Error('there is no ring');
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  expect(await page.textContent('.map-tooltip')).toContain('Crossings');
});
