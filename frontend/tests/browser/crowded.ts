/** What the tests of maps with more features than are fetched one by one share: a database of their own, drawn from tiles. */
import type { Page } from 'playwright-core';
import { afterAll } from 'vitest';
import { drawn, openSite, type Site } from './browser';
import { type Database, startDatabase } from './database';
import { startServer } from './server';

const minute = 60_000;

/** A site whose server keeps only what is filled in. Its pages are there once their tiles are. */
export function openCrowdedSite(fill: (database: Database) => void): Site {
  let database: Database | undefined;
  afterAll(async () => {
    await database?.stop();
  });
  return openSite({
    start: async () => {
      database = await startDatabase();
      fill(database);
      return startServer({ DATABASE_URL: database.url, OXUS_SEED: 'never' });
    },
    patience: 5 * minute,
    ready: tiles,
  });
}

/** Waits until every tile of what is asked for is drawn. */
export async function tiles(page: Page): Promise<void> {
  await drawn(page);
  await page.waitForFunction(() => document.getElementById('map')?.dataset.crowd === 'done', null, {
    timeout: 2 * minute,
  });
}

/** How many features the panel says a collection has. */
export function layerCount(page: Page, collection: string): Promise<string | null> {
  return page.locator(`[data-collection="${collection}"] .layer-count`).textContent();
}

/**
 * What is painted of a colour (red, green, blue) on the canvases of tiles, in pixels. It is counted in the moment in
 * which no other crowd is coming: that one would lie, unseen, over the one before until it is whole.
 */
export async function painted(page: Page, color: readonly [number, number, number]): Promise<number> {
  const counted = await page.waitForFunction(([r, g, b]) => {
    if (document.querySelector('.crowd-coming')) return null;
    let found = 0;
    for (const canvas of document.querySelectorAll<HTMLCanvasElement>('.crowd-tiles canvas')) {
      const copy = document.createElement('canvas');
      [copy.width, copy.height] = [canvas.width, canvas.height];
      const context = copy.getContext('2d', { willReadFrequently: true });
      context?.drawImage(canvas, 0, 0);
      const data = context?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      for (let i = 0; i < data.length; i += 4)
        if (data[i] === r && data[i + 1] === g && data[i + 2] === b && data[i + 3] === 255) found++;
    }
    // Wrapped, for nothing painted is an answer too.
    return { found };
  }, color);
  return (await counted.jsonValue())?.found ?? 0;
}
