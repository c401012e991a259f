/** That a collection comes from tiles is not to be seen: 8,000 invented crossings and 6,000 lines do what a few do. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { desktop, keep, phone } from './browser';
import { layerCount, openCrowdedSite, painted } from './crowded';
import { fillCrowds } from './database';
import { typeDate } from './dated';
import { axeSays } from './reading';

const [crossings, nowhere] = [8000, 130];
const minute = 60_000;

const { go, takeFaults } = openCrowdedSite(database =>
  fillCrowds(database, { crossings, lines: 6000, unplaced: nowhere, accuracy: 800, incidents: 6000 }),
);

const near = '#layers=crossings&date=2023-06-01&map=12/37.56/70';
const changed = [0xb2, 0x5e, 0x00] as const;
const closed = [0xb3, 0x26, 0x1e] as const;

/** Whether anything is drawn among the circles of accuracy. */
const circles = (page: Page) =>
  page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('.leaflet-accuracy-pane canvas');
    if (!canvas) return false;
    const copy = document.createElement('canvas');
    [copy.width, copy.height] = [canvas.width, canvas.height];
    const context = copy.getContext('2d', { willReadFrequently: true });
    context?.drawImage(canvas, 0, 0);
    return context?.getImageData(0, 0, canvas.width, canvas.height).data.some(byte => byte > 0) ?? false;
  });

const said = (page: Page) => page.$$eval('.crowd-handle', nodes => nodes.map(node => node.ariaLabel ?? ''));

describe('circles of accuracy', () => {
  it('stand around what stands alone, and come and go with it', async () => {
    const page = await go(near);
    await expect.poll(() => circles(page)).toBe(true);
    await keep(page, 'unseen-circles');
    await page.uncheck('[data-collection="crossings"] input');
    await expect.poll(() => circles(page)).toBe(false);
    await page.check('[data-collection="crossings"] input');
    await expect.poll(() => circles(page), { timeout: minute }).toBe(true);
  });

  it('stand around an incident beside a crowd that is only counted, which has its title and opens', async () => {
    const page = await go('#layers=incidents&date=2023-06-01&period=2023-01-01/2023-06-01&map=9/37.56/70.1');
    const names = await said(page);
    expect(names.some(name => name.startsWith('6,000 incidents here'))).toBe(true);
    expect(names.some(name => /^Invented incident alone\. Smuggling, .*2023/.test(name))).toBe(true);
    await expect.poll(() => circles(page)).toBe(true);
    await keep(page, 'unseen-beside-crowd');
    await page.locator('.crowd-handle[aria-label^="Invented incident alone"]').focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('.details[data-item="incidents/invented-0"]');
  });

  it('are not drawn where they are smaller than the mark, nor for lines', async () => {
    const page = await go('#layers=crossings,transmission-lines&date=2023-06-01&map=10/37.56/70');
    expect(await circles(page)).toBe(false);
  });
});

describe('the comparison of two dates', () => {
  it('marks what is not as on the other date, pales the rest, and says so', async () => {
    const page = await go(near);
    const before = await painted(page, closed);
    expect(await painted(page, changed)).toBe(0);
    await page.click('.timebar button:has-text("Compare")');
    await typeDate(page, '#compare-date', '2020-06-01');
    await expect.poll(() => painted(page, changed), { timeout: minute }).toBeGreaterThan(50);
    // What is changed is drawn at full strength.
    expect(await painted(page, closed)).toBeGreaterThan(before / 2);
    const names = await said(page);
    // Of four kinds two were open on both dates or unknown on both.
    const [same, other] = [names.filter(name => !name.includes('2020')), names.filter(name => name.includes('2020'))];
    expect(other.length).toBeGreaterThan(2);
    expect(same.length).toBeGreaterThan(2);
    expect(other.every(name => /(Closed|Restricted)\. Open on 1 June 2020$/.test(name))).toBe(true);
    expect(same.every(name => /(Open|Unknown)$/.test(name))).toBe(true);
    expect(await page.textContent('.compare')).toContain('Too many to be counted here');
    await expect.poll(() => page.locator('.compare-list li').count()).toBeGreaterThan(3);
    expect(await axeSays(page)).toEqual([]);
    await keep(page, 'unseen-compared');
    await page.click('.compare-close');
    await expect.poll(() => painted(page, changed)).toBe(0);
    await expect.poll(async () => (await said(page)).some(name => name.includes('2020'))).toBe(false);
  });

  it('follows the map, and rings say what is known of them', async () => {
    const page = await go('#layers=crossings&date=2023-06-01&compare=2020-06-01&map=9/37.56/70');
    await expect.poll(async () => (await said(page)).some(name => /\d not as on 1 June 2020/.test(name))).toBe(true);
    expect(await painted(page, changed)).toBeGreaterThan(50);
    await keep(page, 'unseen-compared-rings');
    await page.evaluate(() => {
      location.hash = location.hash.replace('map=9', 'map=5');
    });
    await expect
      .poll(async () => (await said(page)).some(name => name.includes('Not compared with 1 June 2020')), {
        timeout: minute,
      })
      .toBe(true);
    await page.evaluate(() => {
      location.hash = location.hash.replace('map=5', 'map=12');
    });
    await expect
      .poll(async () => (await said(page)).some(name => /Open on 1 June 2020$/.test(name)), { timeout: minute })
      .toBe(true);
  });

  it('marks lines that were not there or were otherwise', async () => {
    const page = await go('#layers=transmission-lines&date=2023-06-01&compare=2010-06-01&map=12/37.52/70.02');
    await expect.poll(async () => (await said(page)).some(name => /Unknown on 1 June 2010$/.test(name))).toBe(true);
    await keep(page, 'unseen-compared-lines');
  });
});

describe('the legend of what is pale', () => {
  it('counts what is drawn from tiles, wherever it is, also what has no place', async () => {
    const page = await go('#layers=crossings&date=2026-06-01&map=12/37.56/70');
    // The only source is of May 2023: 6,000 statuses may have changed since, and those of every second one of no place.
    await expect.poll(() => page.textContent('.fade-legend li')).toBe(`2 years or more${(6065).toLocaleString('en')}`);
    await keep(page, 'unseen-faded');
    await typeDate(page, '#as-of', '2023-06-01');
    await expect.poll(() => page.isVisible('.fade-legend')).toBe(false);
  });

  it('says of what it does not know how many there are', async () => {
    const page = await go('#layers=transmission-lines&date=2026-06-01&map=12/37.52/70.02');
    await expect.poll(() => page.textContent('.fade-legend li')).toBe('2 years or more4,000');
    await page.route(/stats\/crossings\?by=status_age/, route => route.fulfill({ status: 400, body: '{}' }));
    await page.check('[data-collection="crossings"] input');
    await expect
      .poll(() => page.textContent('.fade-legend'), { timeout: minute })
      .toMatch(/2 years or more4,000Not counted here: Crossings\.$/);
    // Said while it is asked as well: what matters is that it stays when it was refused.
    const faults: string[] = [];
    await expect.poll(() => faults.push(...takeFaults())).toBe(2);
    expect(faults.every(fault => fault.includes('400'))).toBe(true);
    expect(await page.textContent('.fade-legend')).toContain('Not counted here: Crossings.');
  });
});

describe('what has no known position', () => {
  it('is listed in the panel, the first of it, opens, and is said in the list', async () => {
    const page = await go('#layers=crossings&date=2023-06-01&map=7/37.5/70&list=1');
    expect(await layerCount(page, 'crossings')).toBe('8,130');
    await page.click('[data-collection="crossings"] .unplaced summary');
    expect(await page.textContent('.unplaced summary')).toBe('130 with no known position');
    expect(await page.locator('.unplaced li').count()).toBe(100);
    expect(await page.textContent('.unplaced')).toContain('and 30 more');
    await expect.poll(() => page.textContent('.list-remarks')).toContain('130 with no known position');
    await keep(page, 'unseen-unplaced');
    await page.locator('.unplaced li button').first().click();
    await page.waitForSelector('.details[data-item^="crossings/nowhere-"]');
  });

  it('keeps to the filters', async () => {
    const page = await go('#layers=crossings&date=2023-06-01&map=12/37.56/70&status=closed');
    await expect.poll(() => page.textContent('.unplaced summary')).toBe('65 with no known position');
    expect(await page.textContent('.unplaced')).not.toContain('more');
  });
});

it.each([
  ['dark', { ...desktop, colorScheme: 'dark' }, 'en', '8,130'],
  ['phone, in Russian', phone, 'ru', '8\u00a0130'],
  ['dari', desktop, 'fa', '۸٬۱۳۰'],
] as const)('looks as it should, thousands as the language writes them: %s', async (name, options, lang, all) => {
  const page = await go(
    `#layers=crossings,transmission-lines&date=2026-06-01&compare=2020-06-01&lang=${lang}&map=12/37.56/70`,
    options,
  );
  await expect
    .poll(() => painted(page, name === 'dark' ? [0xff, 0xb4, 0x54] : changed), { timeout: minute })
    .toBeGreaterThan(50);
  expect(await layerCount(page, 'crossings')).toBe(all);
  expect(await axeSays(page)).toEqual([]);
  await keep(page, `unseen ${name}`.replaceAll(/[ ,]+/g, '-'));
});
