import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { statusStyle } from '../../src/style/status';
import { desktop, drawn, keep, openSite, phone } from './browser';
import { typeDate } from './dated';
import { axeSays } from './reading';

const site = openSite();
const { go } = site;

const counts = (page: Page) =>
  page.$$eval('.layer', layers =>
    Object.fromEntries(
      layers.map(layer => [
        (layer as HTMLElement).dataset.collection,
        layer.querySelector('.layer-count')?.textContent,
      ]),
    ),
  );

const bazaar = (page: Page) => page.locator('.map-mark[aria-label^="Ishkoshim island market"]');

async function setDate(page: Page, date: string): Promise<void> {
  await typeDate(page, '#as-of', date);
  await page.waitForFunction(
    asked => document.documentElement.dataset.load === 'done' && location.hash.includes(`date=${asked}`),
    date,
  );
  await drawn(page);
}

describe('the map', () => {
  it('shows all six collections with what the server counted', async () => {
    const page = await go('#date=2022-05-01');
    const shown = await counts(page);
    for (const [id, count] of Object.entries(shown)) {
      const datetime = id === 'incidents' ? '2021-05-02/2022-05-01' : '2022-05-01';
      const answer = await page.request.get(`${site.url}api/collections/${id}/items?limit=10000&datetime=${datetime}`);
      expect(`${id} ${count}`).toBe(`${id} ${(await answer.json()).numberReturned}`);
    }
    expect(Object.keys(shown)).toHaveLength(6);
    expect(await page.locator('.map-mark').count()).toBeGreaterThan(30);
    expect(await page.locator('.line-band').count()).toBe(21);
    await expect.poll(() => page.locator('.leaflet-basemap-pane canvas').count()).toBe(1);
    await keep(page, 'desktop');
  });

  it.each([
    ['2022-05-01', 'Closed', statusStyle('closed').color, null],
    ['2023-10-01', 'Open', statusStyle('open').color, null],
    ['2015-06-01', 'Unknown', 'var(--mark-hollow)', '4 2.5'],
  ])('on %s the Ishkoshim bazaar is %s, on the map and in its details', async (date, status, fill, dash) => {
    const page = await go('#date=2018-01-01&map=9/36.74/71.58');
    await setDate(page, date);
    expect(await bazaar(page).getAttribute('aria-label')).toContain(status);
    // What is not known is hollow and dashed, never in the colour of a status.
    const outline = bazaar(page).locator('path').first();
    expect([await outline.getAttribute('fill'), await outline.getAttribute('stroke-dasharray')]).toEqual([fill, dash]);
    await bazaar(page).click();
    await page.waitForSelector('.details .status-now');
    expect(await page.textContent('.details .status-now')).toContain(status);
  });

  it('follows the date in open details', async () => {
    const page = await go('#date=2022-05-01&item=bazaars/ishkoshim-bazaar');
    await page.waitForSelector('.status-now[data-status="closed"]');
    await setDate(page, '2023-10-01');
    await page.waitForSelector('.status-now[data-status="open"]');
    await page.locator('.noUi-handle').focus();
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction(() => document.querySelector('.status-now')?.textContent?.includes('2 October 2023'));
    expect(await page.evaluate(() => document.activeElement?.className)).toContain('noUi-handle');
  });

  it('opens a point with names, history, sources, accuracy and a link to the data', async () => {
    const page = await go('#date=2022-05-01&map=9/36.74/71.58');
    await bazaar(page).click();
    const details = page.locator('.sheet .details');
    await details.waitFor();
    expect(await details.locator('.scripts [lang]').count()).toBe(3);
    expect(await details.locator('.detail-history li').count()).toBeGreaterThan(2);
    const sources = details.locator('.detail-sources li a');
    expect(await sources.count()).toBeGreaterThan(1);
    for (const href of await sources.evaluateAll(links => links.map(link => link.getAttribute('href')))) {
      expect(href).toMatch(/^https?:\/\//);
    }
    expect(await details.textContent()).toContain('Within about 2 km');
    expect(await page.locator('.accuracy-circle').count()).toBe(1);
    const item = await page.request.get(
      site.url + (await details.locator('.detail-links a').first().getAttribute('href')),
    );
    expect((await item.json()).id).toBe('ishkoshim-bazaar');
    await keep(page, 'details');
    await page.keyboard.press('Escape');
    await details.waitFor({ state: 'detached' });
    expect(page.url()).not.toContain('item=');
    expect(await page.locator('.accuracy-circle').count()).toBe(0);
  });

  it('opens both the crossing and the bazaar that share a spot', async () => {
    const page = await go('#date=2022-05-01&map=10/36.74/71.58&layers=crossings,bazaars');
    await page.locator('.map-mark[aria-label^="Ishkoshim"]').first().waitFor();
    const titles = new Set<string | null>();
    for (const mark of await page
      .locator('.map-mark[aria-label*="shkashem"], .map-mark[aria-label*="island market"]')
      .all()) {
      await mark.click();
      await page.waitForSelector('.details h2');
      titles.add(await page.textContent('.details h2'));
      await page.keyboard.press('Escape');
      await page.waitForSelector('.details', { state: 'detached' });
    }
    expect(titles.size).toBe(2);
  });

  it('lists crossings without a position and opens them beside the map', async () => {
    const page = await go();
    const section = page.locator('[data-collection="crossings"]');
    expect(await section.locator('.unplaced summary').textContent()).toBe('5 with no known position');
    await section.locator('.unplaced summary').click();
    await section.locator('.unplaced button').first().click();
    await page.waitForSelector('.sheet .details');
    expect(await page.textContent('.sheet')).toContain('No known position');
  });

  it('draws lines dashed and opens one by the keyboard', async () => {
    const page = await go('#date=2022-05-01&layers=casa-1000&map=6/37/70');
    const dashes = await page.$$eval('.leaflet-lines-pane path:not(.line-band):not(.line-casing)', paths =>
      paths.map(path => path.getAttribute('stroke-dasharray')),
    );
    expect(dashes).toHaveLength(5);
    for (const dash of dashes) expect(dash).toMatch(/\d/);
    await page.locator('.line-band').first().focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('.details');
    expect(await page.textContent('.details')).toContain('Schematic route');
  });
});

describe('the panel', () => {
  it('scrolls one way only, also beside a scrollbar that takes room', async () => {
    const page = await go();
    const [content, room, gutter] = await page.$eval('#panel', panel => [
      panel.scrollWidth,
      panel.clientWidth,
      (panel as HTMLElement).offsetWidth - panel.clientWidth,
    ]);
    expect(gutter).toBeGreaterThan(5);
    expect(content).toBe(room);
  });
});

describe('incidents', () => {
  it('are those of the reader’s period, cluster, and lead back to the twelve months', async () => {
    const page = await go('#date=2022-05-01&layers=incidents');
    const before = (await counts(page)).incidents;
    await typeDate(page, '#period-from', '2001-01-01');
    await typeDate(page, '#period-to', '2026-11-01');
    await page.waitForFunction(() => location.hash.includes('period=2001-01-01/2026-11-01'));
    await expect.poll(async () => Number((await counts(page)).incidents)).toBeGreaterThan(Number(before));
    expect(await page.locator('.cluster-count').count()).toBeGreaterThan(3);
    await keep(page, 'incidents');
    await page.click('.period .quiet-button');
    await expect.poll(async () => (await counts(page)).incidents).toBe(before);
    expect(page.url()).not.toContain('period=');
  });

  it('on one spot are listed to choose from', async () => {
    const page = await go('#date=2022-05-01&period=2001-01-01/2026-11-01&layers=incidents&map=13/34.53/69.17');
    await page.locator('.map-mark[aria-label*="incidents here"]').first().click();
    await page.waitForSelector('.choices button');
    // The map moves until the list is in sight; a press that begins before and ends after hits nothing.
    await page.waitForFunction(() => document.querySelector('.leaflet-pan-anim') === null);
    await page.locator('.choices button').first().click();
    await page.waitForSelector('.details[data-item^="incidents/"]');
    expect(page.url()).toContain('item=incidents/');
    expect(await page.textContent('.details')).toContain('Fatalities');
  });
});

describe('time', () => {
  it('moves by the slider’s keys, a day or a month', async () => {
    const page = await go('#date=2022-05-01');
    await page.locator('.noUi-handle').focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => page.url()).toContain('date=2022-05-02');
    await page.keyboard.press('PageUp');
    await expect.poll(() => page.url()).toContain('date=2022-06-01');
    expect(await page.getAttribute('.noUi-handle', 'aria-valuetext')).toBe('1 June 2022');
  });

  it('is typed key by key, and no year on the way is taken for the date', async () => {
    const page = await go('#date=2018-01-01');
    const asked: string[] = [];
    page.on('request', request => asked.push(request.url()));
    await page.locator('#as-of').selectText();
    await page.keyboard.type('2022-05-05', { delay: 150 });
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => location.hash.includes('date=2022-05-05'));
    await drawn(page);
    const items = asked.filter(url => url.includes('/items?'));
    expect(items.filter(url => /datetime=0|2000-01-01/.test(url))).toEqual([]);
    expect(await page.inputValue('#as-of')).toBe('2022-05-05');
  });

  it('plays by months and stops', async () => {
    const page = await go('#date=2022-01-15');
    await page.click('.play');
    await page.waitForFunction(() => location.hash.includes('date=2022-03-15'));
    await page.click('.play');
    const stopped = page.url();
    await page.waitForTimeout(1200);
    expect(page.url()).toBe(stopped);
  });

  it('draws nothing of a date that was left while it was loading', async () => {
    const page = await go('#date=2018-01-01&map=9/36.74/71.58');
    await page.route(/bazaars\/items\?.*2022-05-01/, async route => {
      await new Promise(resolve => setTimeout(resolve, 1500));
      await route.continue().catch(() => {}); // the page has cancelled it
    });
    await typeDate(page, '#as-of', '2022-05-01');
    await page.waitForTimeout(300);
    await setDate(page, '2023-10-01');
    await page.waitForTimeout(1800);
    expect(await bazaar(page).getAttribute('aria-label')).toContain('Open');
  });
});

describe('a failing server', () => {
  it('is said, its data taken off, and asked again on demand', async () => {
    const page = await go('#date=2022-05-01');
    await page.route(/crossings\/items\?/, route => route.abort());
    await typeDate(page, '#as-of', '2022-06-01');
    await page.waitForSelector('.alert button');
    expect((await counts(page)).crossings).toBe('no answer');
    expect(await page.locator('.map-mark[aria-label*="Crossings:"]').count()).toBe(0);
    await page.unroute(/crossings\/items\?/);
    await page.click('.alert button');
    await expect.poll(async () => (await counts(page)).crossings).toBe('27');
    expect(await page.locator('.alert').isVisible()).toBe(false);
    // The browser itself reports the request that was cut.
    expect(site.takeFaults().filter(fault => !fault.includes('ERR_FAILED'))).toEqual([]);
  });
});

describe('a phone', () => {
  it('has everything within 390 pixels', async () => {
    const page = await go('#date=2022-05-01&map=9/36.74/71.58', phone);
    const width = () => page.evaluate(() => document.documentElement.scrollWidth);
    expect(await width()).toBe(390);
    await keep(page, 'phone');
    await bazaar(page).tap();
    await page.waitForSelector('.sheet .details');
    expect(await width()).toBe(390);
    await keep(page, 'phone-details');
    await page.tap('.sheet-close');
    await page.tap('.panel-opener');
    expect(await page.locator('#panel').isVisible()).toBe(true);
    expect(await width()).toBe(390);
    await keep(page, 'phone-panel');
    await page.tap('.panel-close');
    expect(await page.locator('#panel').isVisible()).toBe(false);
  });

  it('has controls a finger can hit', async () => {
    const page = await go('#date=2022-05-01', phone);
    await page.tap('.panel-opener');
    const small = await page.$$eval('button, .date-box, .layer-head, summary, .leaflet-bar a', nodes =>
      nodes
        .map(node => ({ node, box: node.getBoundingClientRect() }))
        .filter(({ box }) => box.width > 0 && (box.height < 44 || box.width < 44))
        .map(({ node, box }) => `${node.className || node.tagName} ${box.width}×${box.height}`),
    );
    expect(small).toEqual([]);
  });

  it('gives a finger 44 pixels of every mark, and of two that are near each other the nearer', async () => {
    // A map that glides would be pressed where a mark was.
    const still = { ...phone, reducedMotion: 'reduce' } as const;
    const page = await go('#date=2022-05-01&layers=crossings,power-facilities&map=7/37.6/69.9', still);
    interface Marked {
      readonly name: string;
      readonly size: number;
      readonly x: number;
      readonly y: number;
      readonly apart: number;
    }
    const marks = () =>
      page.$$eval('.map-mark', (nodes): Marked[] => {
        const all = nodes.map(node => {
          const { x, y, width, height } = node.getBoundingClientRect();
          const name = node.getAttribute('aria-label')?.split('. ')[0] ?? '';
          return { name, size: width, x: x + width / 2, y: y + height / 2 };
        });
        const apart = ({ x, y }: { x: number; y: number }) =>
          Math.min(...all.map(one => Math.hypot(one.x - x, one.y - y)).filter(distance => distance > 0));
        // Clear of the controls above and below.
        return all
          .map(one => ({ ...one, apart: apart(one) }))
          .filter(({ x, y }) => x > 30 && x < 360 && y > 110 && y < 680);
      });
    const found = await marks();
    const alone = found.filter(({ size, apart }) => size < 24 && apart > 48).slice(0, 2);
    const near = found.filter(({ apart }) => apart > 6 && apart < 26).slice(0, 3);
    expect(alone).toHaveLength(2);
    expect(near.length).toBeGreaterThan(1);
    for (const { name } of [...alone, ...near]) {
      const mark = (await marks()).find(one => one.name === name);
      if (!mark) throw new Error(`${name} is gone`);
      await page.touchscreen.tap(mark.x + (mark.apart > 48 ? 20 : 0), mark.y);
      await expect.poll(() => page.locator('.details h2').textContent()).toContain(name);
      await page.tap('.sheet-close');
      await page.evaluate(() => {
        location.hash = location.hash.replace(/map=[^&]*/, 'map=7/37.6/69.9');
      });
      await expect
        .poll(async () => {
          const now = (await marks()).find(one => one.name === name);
          return now && Math.hypot(now.x - mark.x, now.y - mark.y);
        })
        .toBeLessThan(1.5);
    }
  });
});

describe('accessibility', () => {
  const states = [
    ['the map', '#date=2022-05-01', desktop, 'light'],
    ['open details', '#date=2022-05-01&item=bazaars/ishkoshim-bazaar', desktop, 'light'],
    ['open details in the dark', '#date=2022-05-01&item=bazaars/ishkoshim-bazaar', desktop, 'dark'],
    ['a phone', '#date=2022-05-01', phone, 'light'],
    ['a phone with details', '#date=2022-05-01&item=bazaars/ishkoshim-bazaar', phone, 'light'],
  ] as const;

  it.each(states)('axe finds nothing to say of %s', async (name, hash, options, colorScheme) => {
    const page = await go(hash, { ...options, colorScheme });
    if (hash.includes('item=')) await page.waitForSelector('.details h2');
    const violations = await axeSays(page);
    await keep(page, `axe ${name}`.replaceAll(' ', '-'));
    expect(violations).toEqual([]);
  });
});
