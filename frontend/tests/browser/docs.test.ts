import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { desktop, keep, launch, phone } from './browser';
import { type Server, startServer } from './server';

let server: Server;
let browser: Browser;

beforeAll(async () => {
  browser = await launch();
  server = await startServer();
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** Opens the documentation and remembers what it asked for, and what went wrong. */
async function documentation(options: BrowserContextOptions): Promise<{ page: Page; faults: string[] }> {
  const page = await (await browser.newContext(options)).newPage();
  const faults: string[] = [];
  page.on('pageerror', error => faults.push(`exception: ${error.message}`));
  page.on('console', message => {
    if (message.type() === 'error') faults.push(`console: ${message.text()}`);
  });
  page.on('request', request => {
    const { protocol, host } = new URL(request.url());
    if (protocol !== 'data:' && host !== new URL(server.url).host) faults.push(`another host: ${request.url()}`);
  });
  await page.goto(`${server.url}api/docs`);
  await page.waitForSelector('.opblock-tag');
  return { page, faults };
}

describe('the documentation of the API', () => {
  it('tries a request and shows the answer, with no other server asked', async () => {
    const { page, faults } = await documentation(desktop);
    await page.locator('#operations-tag-crossings').click();
    const operation = page.locator('[id="operations-crossings-itemsCrossings"]');
    await operation.locator('.opblock-summary-control').click();
    await operation.getByRole('button', { name: 'Execute' }).click();
    await operation.locator('.live-responses-table tbody .response-col_status').first().waitFor();
    expect(await operation.locator('.live-responses-table tbody .response-col_status').first().textContent()).toContain(
      '200',
    );
    // The first media type is the default, and one that can be read here.
    expect(await operation.locator('.live-responses-table').textContent()).toContain('FeatureCollection');
    await keep(page, 'docs');
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('fits a phone', async () => {
    const { page, faults } = await documentation(phone);
    const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(wide).toBe(room);
    await keep(page, 'docs-phone');
    expect(faults).toEqual([]);
    await page.context().close();
  });
});
