import type { Page, Route } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { collectionIds } from '../../src/collections';
import { catalogue as dari } from '../../src/texts.fa';
import { catalogue as tajik } from '../../src/texts.tg';
import { desktop, drawn, keep, openSite, phone, visit } from './browser';
import { typeDate } from './dated';
import { axeSays, foreignWords, overflowing, smallTargets } from './reading';
import { startServer } from './server';

const site = openSite();
const { go } = site;

/** Waits until the worker keeps the shell and the answers of the six collections. */
async function kept(page: Page): Promise<void> {
  await page.waitForFunction(
    async ids => {
      await navigator.serviceWorker.ready;
      const keys = await (await caches.open('oxus-data-1')).keys();
      return ids.every(id => keys.some(({ url }) => url.includes(`/${id}/items?`)));
    },
    [...collectionIds],
  );
}

describe('offline', () => {
  it('the map stands with the last data seen, and says so', async () => {
    const context = { ...desktop, serviceWorkers: 'allow' as const };
    const page = await visit(site.browser, `${site.url}#date=2022-05-01`, context);
    await kept(page);
    const marks = await page.locator('.map-mark').count();
    await page.context().setOffline(true);
    await page.reload();
    await drawn(page);
    expect(await page.locator('.map-mark').count()).toBe(marks);
    await expect.poll(() => page.locator('.leaflet-basemap-pane canvas').count()).toBe(1);
    await expect
      .poll(() => page.textContent('.offline-bar'))
      .toMatch(/^Offline\. Data as of \d\d:\d\d, \d+ [A-Z][a-z]+ \d{4}\.$/);
    expect(await axeSays(page)).toEqual([]);
    await keep(page, 'offline');
    await typeDate(page, '#as-of', '2019-03-03');
    await page.waitForFunction(() => document.documentElement.dataset.load === 'failed');
    expect(await page.textContent('.alert')).toContain('not available offline');
    expect(await page.textContent('.load-status')).toBe('Nothing could be loaded for 3 March 2019');
    const [alert, bar] = await Promise.all(['.alert', '.offline-bar'].map(part => page.locator(part).boundingBox()));
    expect(bar?.y).toBeGreaterThanOrEqual((alert?.y ?? 0) + (alert?.height ?? 0));
    await keep(page, 'offline-unseen');
    // The page finds its way back by itself.
    await page.context().setOffline(false);
    await drawn(page);
    expect(await page.locator('.alert').isVisible()).toBe(false);
    await expect.poll(() => page.locator('.offline-bar').isVisible()).toBe(false);
    await page.context().close();
  });

  it('the map and what was open stand when the server has stopped, in Dari, and keep nothing that depends on a key', async () => {
    const other = await startServer();
    const seen = '#date=2022-05-01&lang=fa&item=bazaars/ishkoshim-bazaar';
    const page = await visit(site.browser, other.url + seen, { ...phone, serviceWorkers: 'allow' });
    await page.waitForSelector('.details h2');
    const title = await page.textContent('.details h2');
    await kept(page);
    // The catalogue, the names of places and what shows details are parts that not everybody loads.
    await page.waitForFunction(async () => {
      const names = await caches.keys();
      const kept = await Promise.all(
        names.map(async name => (await (await caches.open(name)).keys()).map(({ url }) => url)),
      );
      const needed = [/assets\/texts\.fa-/, /assets\/gazetteer-/, /assets\/content-.*js/, /items\/ishkoshim-bazaar/];
      return needed.every(one => kept.flat().some(url => one.test(url)));
    });
    await page.evaluate(() => fetch('api/collections', { headers: { Authorization: 'Bearer made-up' } }));
    await page.evaluate(() => fetch('api/session'));
    const urls = await page.evaluate(async () =>
      (await (await caches.open('oxus-data-1')).keys()).map(({ url }) => url),
    );
    expect(urls.filter(url => /session|imports|events|collections$/.test(url))).toEqual([]);
    await other.stop();
    await page.reload();
    await drawn(page);
    await expect.poll(() => page.textContent('.offline-bar')).toContain(String(dari['offline.dataOf']).slice(0, 6));
    expect(await page.getAttribute('html', 'lang')).toBe('fa-AF');
    expect(await page.textContent('.details h2')).toBe(title);
    const said = await page.textContent('.offline-bar');
    expect(said).toMatch(/[۰-۹]{2}:[۰-۹]{2}/);
    expect(said).not.toMatch(/[0-9A-Za-z]/);
    expect(await foreignWords(page)).toEqual([]);
    await keep(page, 'offline-phone');
    await page.context().close();
  });

  it('offers a new version of the page, in its language, and leaves it to the reader', async () => {
    const context = { ...phone, serviceWorkers: 'allow' as const };
    const page = await visit(site.browser, `${site.url}#date=2022-05-01&lang=tg`, context);
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    // A worker that is made up: another version would need another server under the same address.
    await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      const take = (message: unknown) => {
        document.documentElement.dataset.told = JSON.stringify(message);
      };
      const coming = Object.assign(new EventTarget(), { state: 'installed', postMessage: take });
      Object.defineProperty(registration, 'installing', { value: coming });
      registration.dispatchEvent(new Event('updatefound'));
      coming.dispatchEvent(new Event('statechange'));
    });
    await expect.poll(() => page.textContent('.offline-bar')).toContain(String(tajik['offline.newVersion']));
    await keep(page, 'offline-new-version');
    expect(await foreignWords(page)).toEqual([]);
    expect(await overflowing(page)).toEqual([]);
    expect(await smallTargets(page)).toEqual([]);
    expect(await axeSays(page)).toEqual([]);
    expect(await page.getAttribute('html', 'data-told')).toBeNull();
    await page.locator('.offline-bar button').tap();
    expect(await page.getAttribute('html', 'data-told')).toBe('{"type":"take-over"}');
    await page.context().close();
  });

  it('keeps what was on its way when the worker came', async () => {
    const context = await site.browser.newContext(desktop);
    await context.addInitScript(() => {
      const { register } = ServiceWorkerContainer.prototype;
      const asked = new Promise(resolve => Object.assign(window, { registerNow: resolve }));
      ServiceWorkerContainer.prototype.register = async function (...of) {
        await asked;
        return register.apply(this, of);
      };
    });
    const page = await context.newPage();
    const held: Route[] = [];
    await page.route(/\/crossings\/schema$/, async route => {
      held.push(route);
    });
    await page.goto(`${site.url}#date=2022-05-01`);
    await expect.poll(() => held.length).toBe(1);
    await page.evaluate(() => (window as unknown as { registerNow(): void }).registerNow());
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await held[0]?.continue();
    await page.waitForFunction(async () => {
      const keys = await (await caches.open('oxus-data-1')).keys();
      return keys.some(({ url }) => url.endsWith('/crossings/schema'));
    });
    await context.close();
  });

  it('asks by itself for what was refused, once the server is heard of', async () => {
    const context = await site.browser.newContext(desktop);
    await context.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'serviceWorker'));
    const page = await context.newPage();
    let cut = true;
    await page.route(/\/crossings\/items\?/, route => (cut ? route.abort() : route.continue()));
    let refused = 0;
    await page.route(/\/stats\/incidents/, route => {
      if (cut) refused++;
      return cut ? route.abort() : route.continue();
    });
    await page.goto(`${site.url}#date=2022-05-01`);
    await page.waitForFunction(() => document.documentElement.dataset.load === 'failed');
    await page.locator('.timeline-notice').waitFor();
    // The line that says so takes room from the map, which therefore asks again: that is refused too.
    await expect.poll(() => refused).toBeGreaterThanOrEqual(6);
    cut = false;
    await drawn(page);
    await page.waitForSelector('.histogram .bar');
    expect(await page.locator('.timeline-notice').isVisible()).toBe(false);
    expect(await page.locator('.alert').isVisible()).toBe(false);
    await context.close();
  });

  it('the page can be installed', async () => {
    const page = await go();
    const manifest = await (await page.request.get(`${site.url}manifest.webmanifest`)).json();
    for (const { src, sizes } of manifest.icons) {
      const icon = await page.request.get(site.url + src);
      expect(icon.status()).toBe(200);
      if (sizes === 'any') continue;
      expect((await icon.body()).readUInt32BE(16)).toBe(Number.parseInt(sizes, 10));
    }
    expect(await page.getAttribute('link[rel="manifest"]', 'href')).toBe('./manifest.webmanifest');
    // As the browser reads it, which takes it only without a fault.
    const client = await page.context().newCDPSession(page);
    const read = await client.send('Page.getAppManifest');
    expect([read.errors, read.url]).toEqual([[], `${site.url}manifest.webmanifest`]);
    // Every window of the driver is a private one, in which nothing is installed.
    const { installabilityErrors: faults } = await client.send('Page.getInstallabilityErrors');
    expect(faults.map(({ errorId }) => errorId).filter(id => id !== 'in-incognito')).toEqual([]);
    const { name, short_name: short, start_url: start, display } = manifest;
    expect([short, new URL(start, read.url).href, display]).toEqual(['Oxus', site.url, 'standalone']);
    expect(name).toContain('Oxus');
  });
});
