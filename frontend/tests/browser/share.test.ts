import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { english } from '../../src/texts.en';
import { keep, keepFile, openSite } from './browser';
import { typeDate } from './dated';
import { axeSays, smallTargets } from './reading';
import { hasLoaded } from './scripts';

const site = openSite();
const { go } = site;

async function share(page: Page): Promise<void> {
  await page.locator('.tools button', { hasText: 'Share' }).focus();
  await page.keyboard.press('Enter');
  await page.locator('.modal-share textarea[aria-label="BibTeX"]').waitFor();
}

/** What files are sent as. */
const fileTypes = [
  'geojson: application/geo+json',
  'csv: text/csv',
  'gpkg: application/geopackage+sqlite3',
  'shp.zip: application/zip',
  'kml: application/vnd.google-earth.kml+xml',
  'fgb: application/flatgeobuf',
  'parquet: application/vnd.apache.parquet',
  'geojsonseq: application/geo+json-seq',
  'jsonfg: application/vnd.ogc.fg+json',
];

describe('sharing', () => {
  it('gives the link, a lasting citation, files and a frame, all by keyboard', async () => {
    const page = await go('#date=2022-05-01&layers=crossings,incidents&map=8/37/71');
    await share(page);
    expect(await page.inputValue('textarea[aria-label="Link to this view"]')).toBe(page.url());
    const cited = await page.inputValue('textarea[aria-label="Cite this view"]');
    expect(cited).toMatch(/as recorded \d{4}-\d\d-\d\dT/);
    expect(cited.match(/sha256:[0-9a-f]{64}/g)).toHaveLength(2);
    expect(cited).toContain('ODbL 1.0');
    expect(await page.inputValue('textarea[aria-label="BibTeX"]')).toMatch(
      /^@misc\{oxus-2022-05-01,[\s\S]*url = \{http/,
    );
    const lasting = /https?:\S*as-recorded=\S+/.exec(cited)?.[0] ?? '';
    expect(
      (await page.request.get(site.url + new URL(lasting).pathname.slice(1) + new URL(lasting).search)).status(),
    ).toBe(200);
    const types: string[] = [];
    for (const format of await page.$$eval('.modal-share option', options =>
      options.map(option => option.textContent),
    )) {
      await page.selectOption('.modal-share select', format);
      for (const href of await page.$$eval('.downloads a', links =>
        links.map(link => link.getAttribute('href') ?? ''),
      )) {
        expect(href).toContain(`.${format}?datetime=`);
        expect(href).toContain('bbox=');
        const file = await page.request.get(site.url + href);
        expect(`${href} ${file.status()}`).toBe(`${href} 200`);
        expect((await file.body()).length).toBeGreaterThan(100);
        types.push(`${format}: ${file.headers()['content-type']?.replace(/;.*/, '')}`);
      }
    }
    expect([...new Set(types)]).toEqual(fileTypes);
    expect(types).toHaveLength(2 * fileTypes.length);
    expect(await page.inputValue('textarea[aria-label="Embed in a page"]')).toContain(
      '/embed#map=8/37/71&amp;date=2022-05-01',
    );
    expect(await axeSays(page)).toEqual([]);
    await keep(page, 'share');
    await page.keyboard.press('Escape');
    await page.locator('.modal-share').waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Share and save');
  });

  it('fits a page 320 pixels wide, in the dark and from right to left', async () => {
    const page = await go('#lang=fa&date=2022-05-01', {
      viewport: { width: 320, height: 640 },
      colorScheme: 'dark',
      hasTouch: true,
    });
    await page.locator('.panel-opener').click();
    await page.locator('.tools button').first().click();
    await page.locator('textarea[aria-label="BibTeX"]').waitFor();
    expect(await page.evaluate(() => document.querySelector('dialog')?.scrollWidth ?? 999)).toBeLessThanOrEqual(320);
    expect(await smallTargets(page)).toEqual([]);
    expect(await axeSays(page)).toEqual([]);
    await keep(page, 'share-320');
  });

  it('saves a picture with all that is on the map', async () => {
    const page = await go('#date=2022-05-01');
    await share(page);
    await page.evaluate(() => {
      const written: string[] = [];
      const { fillText } = CanvasRenderingContext2D.prototype;
      CanvasRenderingContext2D.prototype.fillText = function (text, ...where) {
        written.push(text);
        fillText.call(this, text, ...where);
      };
      Object.assign(window, { written });
    });
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByText('Save as picture').click()]);
    expect(download.suggestedFilename()).toBe('oxus-2022-05-01.png');
    const written = await page.evaluate(() => (window as unknown as { written: string[] }).written);
    const legend = await page.$$eval('.layer[data-collection] .layer-head, .layer .legend li:has(svg)', rows =>
      rows.map(row => {
        const [name, count] = ['.layer-name, .legend-row span', '.layer-count, b'].map(
          part => row.querySelector(part)?.textContent,
        );
        return `${name} (${count})`;
      }),
    );
    expect(legend.filter(text => text.startsWith('Crossings ('))).toHaveLength(1);
    expect(legend.length).toBeGreaterThan(20);
    for (const text of [
      'Oxus – The Tajik–Afghan border and around it',
      'Shown as of 1 May 2022; incidents of 2 May 2021 to 1 May 2022.',
      (await page.textContent('.leaflet-control-scale-line')) ?? '',
      await page.$eval('.attribution', ({ textContent }) => textContent ?? ''),
      `Each item names its sources: ${page.url()}`,
      ...legend,
    ]) {
      expect(written).toContain(text);
    }
    expect(written.join()).toContain('Natural Earth');
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    const png = Buffer.concat(chunks);
    keepFile('picture.png', png);
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([2800, 1980]);
    expect(await page.getByText('Done.').count()).toBe(1);
    const colors = await page.evaluate(async data => {
      const image = new Image();
      image.src = `data:image/png;base64,${data}`;
      await image.decode();
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [280, 198];
      const context = canvas.getContext('2d');
      context?.drawImage(image, 0, 0, 280, 198);
      return new Set(new Uint32Array(context?.getImageData(0, 0, 280, 198).data.buffer ?? new ArrayBuffer(0))).size;
    }, png.toString('base64'));
    expect(colors).toBeGreaterThan(500);
  });

  it('prints one page across with the picture', async () => {
    const page = await go('#date=2022-05-01&layers=crossings,bazaars');
    await page.evaluate(() => {
      window.print = () => document.documentElement.setAttribute('data-asked', 'print');
    });
    await share(page);
    await page.locator('.modal-share button', { hasText: /^Print$/ }).click();
    await page.waitForSelector('html[data-asked]');
    await page.setViewportSize({ width: 1062, height: 733 }); // A4 across within its margins
    await page.emulateMedia({ media: 'print' });
    await keep(page, 'print');
    await page.emulateMedia({ media: null });
    const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
    keepFile('print.pdf', pdf);
    expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b(?!s)/g)).toHaveLength(1);
    // The browser has told that it has printed.
    await page.locator('.modal-share .sheet-close').click();
    const plain = await page.pdf({ preferCSSPageSize: true, printBackground: true });
    expect(plain.toString('latin1').match(/\/Type\s*\/Page\b(?!s)/g)).toHaveLength(1);
    await page.emulateMedia({ media: 'print' });
    await keep(page, 'print-plain');
    expect(await page.locator('.print-sheet').count()).toBe(0);
  });
});

describe('charts', () => {
  it('count incidents in sight by month and category, and days closed at each crossing', async () => {
    const page = await go('#date=2022-05-01');
    expect(await hasLoaded(page, 'charts')).toBe(false);
    await page.locator('.tools button', { hasText: 'Charts' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('.modal-charts table').nth(1).waitFor();
    expect(await hasLoaded(page, 'charts')).toBe(true);
    const box = await page.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .map(({ name }) => new URL(name))
        .find(({ pathname }) => pathname === '/api/stats/incidents')
        ?.searchParams.get('bbox'),
    );
    const query = new URLSearchParams({ by: 'month', bbox: box ?? '', datetime: '2021-05-02/2022-05-01' });
    const stats = await (await page.request.get(`${site.url}api/stats/incidents?${query}`)).json();
    const totals = await page.$$eval('.modal-charts table:first-of-type', ([table]) =>
      [...(table?.querySelectorAll('tbody tr td:last-child') ?? [])].map(cell => Number(cell.textContent)),
    );
    const note = (await page.locator('.modal-charts .chart + .quiet').allTextContents()).join();
    const earlier = Number(/^Not in the chart: (\d+)/.exec(note)?.[1] ?? 0);
    expect(totals.reduce((sum, n) => sum + n, 0) + earlier).toBe(stats.total);
    expect(await page.locator('.modal-charts table').first().locator('tbody th').first().textContent()).toBe(
      'May 2021',
    );
    expect(stats.total).toBeGreaterThan(0);
    // Each category has a column, whose sum is what the server counts, but for what began before the months shown.
    query.set('by', 'category');
    const { groups } = await (await page.request.get(`${site.url}api/stats/incidents?${query}`)).json();
    const columns = await page.$$eval('.modal-charts table:first-of-type', ([table]) => {
      const rows = [...(table?.querySelectorAll('tbody tr') ?? [])];
      const sum = (at: number) => rows.reduce((all, row) => all + Number(row.children[at]?.textContent), 0);
      return [...(table?.querySelectorAll('thead th') ?? [])].map((head, at) => [head.textContent, sum(at)] as const);
    });
    const shown = new Map<string | null, number>(columns.slice(1, -1));
    const counted = (groups as { value: string; count: number }[]).map(
      ({ value, count }) => [english[`category.${value}` as 'category.attack'], count] as const,
    );
    expect(counted.length).toBeGreaterThan(5);
    expect([...shown.keys()].filter(name => !counted.some(([known]) => known === name))).toEqual([]);
    for (const [name, count] of counted) expect(shown.get(name) ?? 0).toBeLessThanOrEqual(count);
    expect(counted.reduce((sum, [name, count]) => sum + count - (shown.get(name) ?? 0), 0)).toBe(earlier);
    const closures = page.locator('.modal-charts table').nth(1).locator('tbody tr');
    expect(await closures.count()).toBeGreaterThan(3);
    for (const row of await closures.all()) {
      const cells = (await row.locator('td').allTextContents()).map(Number);
      const [closed = 0, suspended = 0, unknown = 0, days = 0] = cells;
      expect(days).toBe(365);
      expect(closed + suspended + unknown).toBeLessThanOrEqual(days);
    }
    const days = new URLSearchParams({ collection: 'crossings', from: '2021-05-02', to: '2022-05-01', limit: '1000' });
    days.set('bbox', box ?? '');
    const { features } = await (await page.request.get(`${site.url}api/stats/status?${days}`)).json();
    const told = (features as CrossingDays[]).map(({ name, days_by_status: by, days: all }) =>
      [name, by.closed ?? 0, by.suspended ?? 0, by.unknown ?? 0, all].join(),
    );
    const inTable = await closures.evaluateAll(rows =>
      rows.map(row => [...row.children].map(cell => cell.textContent).join()),
    );
    expect(inTable.sort()).toEqual(told.sort());
    expect(await page.locator('.modal-charts .chart canvas').count()).toBe(2);
    expect(await axeSays(page)).toEqual([]);
    await keep(page, 'charts');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByText('Save the table as CSV').first().click(),
    ]);
    expect(download.suggestedFilename()).toBe('oxus-incidents.csv');
    await typeDate(page, '#closed-from', '2021-01-01');
    await expect
      .poll(() => page.locator('.modal-charts table').nth(1).locator('tbody tr td:last-child').first().textContent())
      .toBe('486');
    await page.locator('#closed-from').scrollIntoViewIfNeeded();
    await keep(page, 'charts-closures');
  });
});

describe('charts on a phone', () => {
  it('fit 320 pixels, in the dark', async () => {
    const page = await go('#date=2022-05-01', {
      viewport: { width: 320, height: 700 },
      colorScheme: 'dark',
      hasTouch: true,
    });
    await page.locator('.panel-opener').click();
    await page.locator('.tools button').nth(1).click();
    await page.locator('.modal-charts table').nth(1).waitFor();
    expect(await page.evaluate(() => document.querySelector('dialog')?.scrollWidth ?? 999)).toBeLessThanOrEqual(320);
    expect(await smallTargets(page)).toEqual([]);
    expect(await axeSays(page)).toEqual([]);
    await keep(page, 'charts-320');
  });
});

interface CrossingDays {
  readonly name: string;
  readonly days: number;
  readonly days_by_status: Readonly<Record<string, number>>;
}
