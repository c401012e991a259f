/** How far the page reaches: its timeline under filters, its map at the ends of the world, its head on a phone, and paper. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { desktop, drawn, keep, keepFile, openSite, phone } from './browser';
import { axeSays, narrow, overflowing } from './reading';

const site = openSite();
const { go } = site;

const minute = { timeout: 60_000 };

describe('filters', () => {
  const strip = async (page: Page) =>
    Number(/^[\d,]+/.exec((await page.getAttribute('.strip', 'aria-label')) ?? '')?.[0]);

  it('narrow the timeline, and the steps to the next change', async () => {
    const page = await go('#layers=crossings,bazaars&date=2022-06-01&map=7/37.6/69.9');
    await expect.poll(() => strip(page), minute).toBeGreaterThan(20);
    const all = await strip(page);
    await page.click('[data-collection="crossings"] [data-code="closed"] button');
    await expect.poll(() => strip(page), minute).toBeLessThan(all);
    const closed = await strip(page);
    expect(closed).toBeGreaterThan(0);
    const box = await page.evaluate(() => {
      const asked = performance.getEntriesByType('resource').filter(({ name }) => name.includes('/api/changes?'));
      return new URL(asked.at(-1)?.name ?? '').searchParams.toString();
    });
    const answer = await (await page.request.get(`${site.url}api/changes?${box}`)).json();
    const told = answer.features.map(({ properties }: { properties: Record<string, string> }) => properties);
    expect(told.filter((change: Record<string, string>) => change.change === 'status')).toHaveLength(closed);
    for (const { status_from, status_to } of told) expect([status_from, status_to]).toContain('closed');
    // The date goes to a change that the filter leaves.
    await page.selectOption('.timebar-buttons select:has(option[value="change"])', 'change');
    await page.locator('.step').last().click();
    const days = told
      .map(({ date }: { date: string }) => date.padEnd(10, '-01'))
      .filter((day: string) => day > '2022-06-01');
    expect(page.url()).toContain(`date=${days[0]}`);
    await keep(page, 'reach-timeline');
  });

  it('narrow what is compared, and its list', async () => {
    const page = await go('#layers=crossings,transmission-lines&date=2022-06-01&compare=2020-01-01&map=6/37.6/69.9');
    await page.waitForSelector('.compare-list li');
    const count = () => page.locator('.compare-list li').count();
    const all = await count();
    await page.evaluate(() => {
      location.hash += '&voltage=500&country=TM';
    });
    await drawn(page);
    await expect.poll(count, minute).toBeLessThan(all);
    await keep(page, 'reach-compare');
  });
});

describe('at the ends of the world', () => {
  it.each([
    ['light', 'light'],
    ['dark', 'dark'],
  ] as const)(
    'seas and borders lie around the basemap, asked for when they are seen: %s',
    async (name, colorScheme) => {
      const page = await go('#map=7/37.6/69.9', { ...desktop, colorScheme });
      const asked = () =>
        page.evaluate(
          () =>
            performance.getEntriesByType('resource').filter(({ name }) => /\/world-\w+[^/]*\.json$/.test(name)).length,
        );
      expect(await asked()).toBe(0);
      await page.evaluate(() => {
        location.hash = '#map=3/37/70';
      });
      await page.waitForSelector('.leaflet-world-pane canvas');
      expect(await asked()).toBe(1);
      const filled = await page.$eval('.leaflet-world-pane canvas', node => {
        const canvas = node as HTMLCanvasElement;
        const copy = document.createElement('canvas');
        [copy.width, copy.height] = [canvas.width, canvas.height];
        const context = copy.getContext('2d', { willReadFrequently: true });
        context?.drawImage(canvas, 0, 0);
        const data = context?.getImageData(0, 0, copy.width, copy.height).data ?? [];
        let n = 0;
        for (let i = 3; i < data.length; i += 4) if ((data[i] ?? 0) > 0) n++;
        return n / (data.length / 4);
      });
      // More than a third of what is in sight is sea, and not all of it.
      expect(filled).toBeGreaterThan(0.2);
      expect(filled).toBeLessThan(0.9);
      await keep(page, `reach-world-${name}`);
      expect(await axeSays(page)).toEqual([]);
    },
  );
});

describe('the head of the page on a phone', () => {
  it.each(
    (['en', 'ru', 'tg', 'fa'] as const).flatMap(lang =>
      (
        [
          ['phone', phone],
          ['narrow', narrow],
        ] as const
      ).map(([name, options]) => [lang, name, options] as const),
    ),
  )('stays on one line while the panel is open: %s, %s', async (lang, name, options) => {
    const page = await go(`#lang=${lang}`, options);
    const height = () => page.$eval('.brand', node => node.getBoundingClientRect().height);
    const closed = await height();
    await page.click('.panel-opener');
    await page.waitForSelector('.panel:not([hidden])');
    expect(await height()).toBeCloseTo(closed, 0);
    expect(closed).toBeLessThan(60);
    expect(await overflowing(page)).toEqual([]);
    await keep(page, `reach-head-${lang}-${name}`);
  });
});

describe('paper', () => {
  it.each([
    ['desktop', '#date=2022-05-01&item=crossings/tem-demogan', desktop],
    ['phone', '#date=2022-05-01', phone],
    ['right to left', '#lang=fa&date=2022-05-01', desktop],
  ] as const)(
    'has the map with title, date, legend, scale and credits, on one sheet: %s',
    async (name, hash, options) => {
      const page = await go(hash, options);
      await page.waitForFunction(() =>
        performance.getEntriesByType('resource').some(({ name }) => name.includes('print-page')),
      );
      await page.waitForTimeout(300);
      const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
      keepFile(`reach-paper-${name.replaceAll(' ', '-')}.pdf`, pdf);
      expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
      // What is printed is taken away again.
      expect(await page.locator('.print-head').count()).toBe(0);
      await page.setViewportSize({ width: 1062, height: 733 });
      await page.emulateMedia({ media: 'print' });
      await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
      const said = (selector: string) => page.locator(selector).innerText();
      if (name !== 'right to left') {
        expect(await said('.print-head')).toMatch(/^Oxus – .*\n[\s\S]*1 May 2022/);
        expect(await said('.print-foot')).toContain('ODbL');
        expect(await said('.print-foot')).toContain('date=2022-05-01');
      }
      expect(await page.locator('.leaflet-control-scale, .scale').first().isVisible()).toBe(true);
      expect(await page.locator('.layer .legend li:visible').count()).toBeGreaterThan(5);
      const boxes = await page.evaluate(() =>
        ['.print-head', '.stage', '.print-foot', '.panel'].map(selector => {
          const { top, bottom, left, right } =
            document.querySelector(selector)?.getBoundingClientRect() ?? new DOMRect();
          return { top, bottom, left, right };
        }),
      );
      const [head, stage, foot, legend] = boxes;
      if (!head || !stage || !foot || !legend) throw new Error('a part of the sheet is missing');
      expect(head.bottom).toBeLessThanOrEqual(stage.top);
      expect(Math.max(stage.bottom, legend.bottom)).toBeLessThanOrEqual(foot.top + 1);
      expect(stage.right <= legend.left || legend.right <= stage.left).toBe(true);
      const left = await page.$$eval('button, input, select, a, summary', nodes =>
        nodes
          .filter(node => node.checkVisibility() && !node.closest('.legend, .map'))
          .map(node => `${node.tagName} ${node.className}`),
      );
      expect(left).toEqual([]);
      await keep(page, `reach-paper-${name.replaceAll(' ', '-')}`);
      await page.evaluate(() => dispatchEvent(new Event('afterprint')));
      expect(await page.locator('.print-head').count()).toBe(0);
    },
  );
});

describe('a press that an answer comes into', () => {
  /** A point of a line on which nothing else lies. */
  const onLine = (page: Page) =>
    page.$$eval('.line-band', bands => {
      for (const band of bands as SVGPathElement[]) {
        const toWindow = band.getScreenCTM();
        for (let share = 0.1; toWindow && share < 1; share += 0.1) {
          const { x, y } = band.getPointAtLength(share * band.getTotalLength()).matrixTransform(toWindow);
          if (document.elementFromPoint(x, y) === band) return { x, y };
        }
      }
      throw new Error('there is no line to press');
    });
  const middle = async (page: Page, selector: string) => {
    const box = await page.locator(selector).first().boundingBox();
    if (!box) throw new Error(`there is no ${selector}`);
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  };
  const section = '[data-collection="transmission-lines"]';
  const presses = [
    ['a row of the legend', (page: Page) => middle(page, `${section} [data-code] button`), '[aria-pressed="true"]'],
    ['a fold', (page: Page) => middle(page, `${section} .facets summary`), `${section} .facets[open]`],
    ['a row of the list', (page: Page) => middle(page, '.list-open'), '.details h2'],
    ['a line', onLine, '.details h2'],
  ] as const;

  it.each(presses)('still ends on %s', async (_, find, outcome) => {
    const hash = '#date=2022-05-01&layers=transmission-lines&map=6/37.5/67&list=1';
    const page = await (await go(hash)).context().newPage();
    let asked = 0;
    let answer = () => {};
    const held = new Promise<void>(resolve => {
      answer = resolve;
    });
    // What was answered is asked for once more when the page hears of changes, for it may have been changed meanwhile.
    await page.route('**/collections/transmission-lines/items?*', async route => {
      if (++asked === 2) await held;
      await route.continue();
    });
    await page.goto(site.url + hash);
    await drawn(page);
    await expect.poll(() => asked).toBe(2);
    await page.waitForSelector('.list-open');
    const { x, y } = await find(page);
    await page.mouse.move(x, y);
    await page.mouse.down();
    expect(await page.locator(outcome).count()).toBe(0);
    // What tells of changes in view is asked for when what is on the map has been drawn anew.
    const redrawn = page.waitForRequest('**/api/changes?*');
    answer();
    await redrawn;
    await page.mouse.up();
    await page.waitForSelector(outcome, { timeout: 5000 });
  });
});
