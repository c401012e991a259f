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
