import type { Page } from 'playwright-core';

/** Types into the search field, and gives what is found. */
export async function type(page: Page, text: string): Promise<string[]> {
  await page.locator('.search-input').click();
  await page.fill('.search-input', text);
  await page.waitForFunction(() => /found/i.test(document.querySelector('.search-status')?.textContent ?? ''));
  return page.locator('.search-list [role="option"]').allTextContents();
}
