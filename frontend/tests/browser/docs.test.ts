import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { desktop, keep, openSite, phone } from './browser';
import { axeSays } from './reading';
import { hasLoaded } from './scripts';

const site = openSite();

async function documentation(options: BrowserContextOptions): Promise<Page> {
  const page = await site.open('api/docs', options);
  await page.waitForSelector('.opblock-tag');
  return page;
}

describe('the documentation of the API', () => {
  it('tries a request and shows the answer, with no other server asked', async () => {
    const page = await documentation(desktop);
    expect(await hasLoaded(page, 'documentation')).toBe(true);
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
  });

  it('fits a phone', async () => {
    const page = await documentation(phone);
    const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(wide).toBe(room);
    expect(await axeSays(page)).toEqual([]);
    await keep(page, 'docs-phone');
  });
});
