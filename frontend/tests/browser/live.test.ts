/** A page that follows the data: how soon a change is on it is measured. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { keep, openSite } from './browser';
import { startServer } from './server';

let key: string;
const site = openSite({
  start: async () => {
    const server = await startServer();
    key = server.key('share-tests');
    return server;
  },
});
const { go } = site;

/** Changes a name as an editor does; the names are made up for the test. */
async function rename(page: Page, name: string): Promise<void> {
  const address = `${site.url}api/collections/bazaars/items/ishkoshim-bazaar`;
  const answer = await page.request.patch(address, {
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/merge-patch+json', 'If-Match': '*' },
    data: JSON.stringify({ properties: { name_en: name } }),
  });
  expect(answer.status()).toBe(200);
}

const item = '#date=2022-05-01&item=bazaars/ishkoshim-bazaar&map=9/36.74/71.58';

describe('a change by an editor', () => {
  it('is on the open page within two seconds, under the eyes of a reader who keeps their place', async () => {
    const page = await go(item);
    await page.waitForSelector('.details .status-now');
    await page.locator('.detail-sources summary').click();
    const inside = page.locator('.details .detail-sources a').first();
    await inside.focus();
    const before = await inside.getAttribute('href');
    const zoom = page.url();
    await page.waitForTimeout(1500);
    await rename(page, 'Made-up market');
    const began = Date.now();
    await page.waitForFunction(() => document.querySelector('.details h2')?.textContent?.includes('Made-up market'));
    const took = Date.now() - began;
    expect(took).toBeLessThan(2000);
    expect(await page.evaluate(() => document.activeElement?.getAttribute('href'))).toBe(before);
    expect(await page.locator('.detail-sources').getAttribute('open')).toBe('');
    expect(page.url()).toBe(zoom);
    expect(await page.locator('.map-mark[aria-label^="Made-up market"]').count()).toBe(1);
    expect(await page.textContent('.live-note')).toMatch(/^Updated \d\d:\d\d$/);
    await keep(page, 'live');
  });

  it('is not asked for by a page nobody looks at, and caught up with on return', async () => {
    const page = await go(item);
    await page.waitForTimeout(1000);
    const look = (state: string) =>
      page.evaluate(to => {
        Object.defineProperty(document, 'visibilityState', { value: to, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      }, state);
    await look('hidden');
    await rename(page, 'Market nobody saw');
    await page.waitForTimeout(2500);
    expect(await page.locator('.map-mark[aria-label^="Market nobody saw"]').count()).toBe(0);
    await look('visible');
    await page.locator('.map-mark[aria-label^="Market nobody saw"]').waitFor({ timeout: 5000 });
  });
});
