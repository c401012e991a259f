import { createServer, type Server as WebServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { desktop, keep, keepFile, openSite } from './browser';
import { typeDate } from './dated';
import { axeSays } from './reading';
import { hasLoaded } from './scripts';

const site = openSite();
const { go } = site;

async function share(page: Page): Promise<void> {
  await page.locator('.tools button', { hasText: 'Share' }).focus();
  await page.keyboard.press('Enter');
  await page.locator('.modal-share textarea[aria-label="BibTeX"]').waitFor();
}

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
    await page.selectOption('.modal-share select', 'csv');
    for (const href of await page.$$eval('.downloads a', links => links.map(link => link.getAttribute('href')))) {
      expect(href).toMatch(/^api\/(crossings|incidents)\.csv\?datetime=.*bbox=/);
      expect((await page.request.get(site.url + href)).status()).toBe(200);
    }
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
    expect(await axeSays(page)).toEqual([]);
    await keep(page, 'share-320');
  });

  it('saves a picture with all that is on the map', async () => {
    const page = await go('#date=2022-05-01');
    await share(page);
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByText('Save as picture').click()]);
    expect(download.suggestedFilename()).toBe('oxus-2022-05-01.png');
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
    const closures = page.locator('.modal-charts table').nth(1).locator('tbody tr');
    expect(await closures.count()).toBeGreaterThan(3);
    for (const row of await closures.all()) {
      const cells = (await row.locator('td').allTextContents()).map(Number);
      const [closed = 0, suspended = 0, unknown = 0, days = 0] = cells;
      expect(days).toBe(365);
      expect(closed + suspended + unknown).toBeLessThanOrEqual(days);
    }
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
    expect(await axeSays(page)).toEqual([]);
    await keep(page, 'charts-320');
  });
});

/** A page of another origin. */
async function host(text: string): Promise<{ url: string; server: WebServer }> {
  const web = createServer((_, answer) => answer.setHeader('Content-Type', 'text/html; charset=utf-8').end(text));
  await new Promise<void>(ready => web.listen(0, '127.0.0.1', ready));
  return { url: `http://localhost:${(web.address() as AddressInfo).port}/`, server: web };
}

describe('an embedded map', () => {
  it('stands in a page of another origin as an element, and is no trap', async () => {
    const body = `<!doctype html><html lang="en"><title>Elsewhere</title><main><h1>Elsewhere</h1>
      <script type="module" src="${site.url}embed.js"></script>
      <oxus-map date="2022-05-01" view="8/36.9/71.5" layers="crossings,bazaars" title="Two layers"></oxus-map>
      <p style="height:1500px"><a id="after" href="#x">after</a></p></main></html>`;
    const other = await host(body);
    const page = await (await site.browser.newContext(desktop)).newPage();
    await page.goto(other.url);
    const frame = page.frameLocator('oxus-map iframe');
    await frame.locator('.map-mark').first().waitFor();
    expect(await frame.locator('h1').textContent()).toContain('1 May 2022');
    expect(await frame.locator('.panel').count()).toBe(0);
    expect(await frame.locator('.embed-head a').getAttribute('href')).toContain(
      'date=2022-05-01&layers=crossings,bazaars',
    );
    expect((await page.locator('oxus-map').boundingBox())?.height).toBe(480);
    await keep(page, 'embed');
    await page.mouse.move(500, 300);
    await page.mouse.wheel(0, 400);
    await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(0);
    const zoomed = () => frame.locator('.embed-head a').getAttribute('href');
    expect(await zoomed()).toContain('map=8/');
    await page.evaluate(() => scrollTo(0, 0));
    await page.waitForTimeout(1000); // the browser takes what comes sooner for the same turn of the wheel
    await page.mouse.click(700, 250);
    await page.mouse.wheel(0, -400);
    await expect.poll(zoomed).not.toContain('map=8/');
    for (let n = 0; n < 120; n++) {
      await page.keyboard.press('Tab');
      if (await page.evaluate(() => document.activeElement?.id === 'after')) break;
    }
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('after');
    await page.evaluate(() => document.querySelector('oxus-map')?.setAttribute('date', '2023-10-01'));
    await frame.locator('h1', { hasText: '1 October 2023' }).waitFor();
    await page.context().close();
    other.server.close();
  });

  it('cannot be done with the whole map, which may be framed by its own origin alone', async () => {
    const other = await host(`<!doctype html><title>x</title><iframe src="${site.url}"></iframe>`);
    const page = await (await site.browser.newContext(desktop)).newPage();
    await page.goto(other.url);
    await page.waitForTimeout(1500);
    expect(await page.frameLocator('iframe').locator('.panel').count()).toBe(0);
    await page.context().close();
    other.server.close();
  });

  it('has its legend on demand, and axe finds nothing in it', async () => {
    const options = { ...desktop, viewport: { width: 480, height: 400 } };
    const page = await (await site.browser.newContext(options)).newPage();
    await page.goto(`${site.url}embed?map=8%2F36.9%2F71.5&date=2022-05-01&item=bazaars%2Fishkoshim-bazaar`);
    await page.locator('.details h2').waitFor();
    expect(await axeSays(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.locator('.embed-legend > details > summary').press('Enter');
    expect(await page.locator('.embed-legend .legend').first().isVisible()).toBe(true);
    expect(await axeSays(page)).toEqual([]);
    await keep(page, 'embed-legend');
    await page.context().close();
  });

  it('is documented by a page with a working example', async () => {
    const page = await (
      await site.browser.newContext({ ...desktop, viewport: { width: 1000, height: 1400 } })
    ).newPage();
    await page.goto(`${site.url}embed/docs`);
    await page.frameLocator('oxus-map iframe').locator('.map-mark').first().waitFor();
    expect(await page.textContent('#element-code')).toContain(`${site.url}embed.js`);
    expect(await axeSays(page)).toEqual([]);
    await keep(page, 'embed-docs');
    await page.context().close();
  });
});
