/** What the tests of dates share: a place, the address, and what the server tells of changes. */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

export const ishkoshim = 'map=9/36.74/71.58';
/** Around it, with less of the map's rim than could hold anything else. */
export const box = '70.5,36.2,72.7,37.2';
export const hashHas = (page: Page, text: string) => expect.poll(() => new URL(page.url()).hash).toContain(text);
export const asOfHandle = (page: Page) => page.locator('.slider:not(.period-slider) .noUi-handle');

interface Changed {
  readonly features: readonly { readonly properties: Readonly<Record<string, string>> }[];
}

/** What the server tells of a box, asked beside the page. */
export async function changesIn(page: Page, query: string): Promise<Changed> {
  return (await page.request.get(new URL(`api/changes?limit=1000&${query}`, page.url()).href)).json();
}

/** Types a date into its field, and ends it as a reader does. */
export async function typeDate(page: Page, field: string, text: string): Promise<void> {
  await page.fill(field, text);
  await page.press(field, 'Enter');
}
