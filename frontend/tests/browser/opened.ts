import type { Page } from 'playwright-core';

/** The page once its details are whole: when the incidents nearby are counted. */
export async function detailsOf(page: Page): Promise<Page> {
  await page.waitForSelector('.details h2');
  await page.waitForFunction(() => !document.querySelector('.detail-near')?.textContent?.includes('Loading'));
  return page;
}
