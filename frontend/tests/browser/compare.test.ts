import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { keep, openSite, phone } from './browser';
import { changesIn, hashHas, ishkoshim } from './dated';
import { smallTargets } from './reading';
import { hasLoaded } from './scripts';

const site = openSite();
const { go } = site;

describe('two dates compared', () => {
  const hash = `#date=2023-10-01&${ishkoshim}&layers=crossings,bazaars&compare=2022-05-01`;
  const bazaar = (page: Page) => page.locator('.map-mark[aria-label^="Ishkoshim island market"]');

  it('marks what differs, lists the changes in view, and opens what changed', async () => {
    const page = await go(hash);
    await expect.poll(() => bazaar(page).getAttribute('data-compared')).toBe('changed');
    expect(await bazaar(page).getAttribute('aria-label')).toContain('Open. Closed on 1 May 2022');
    expect(await page.locator('.map-mark[data-compared="same"]').count()).toBeGreaterThan(0);
    const asked = new URL(
      (await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name)))
        .filter(name => name.includes('api/changes') && name.includes('from=2022-05-02'))
        .at(-1) ?? '',
    );
    expect(asked.searchParams.get('to')).toBe('2023-10-01');
    const { features } = await changesIn(
      page,
      asked.searchParams.toString().replace('limit=300&', '').replace('&limit=300', ''),
    );
    await expect.poll(() => page.locator('.compare-list button').count()).toBe(features.length);
    await keep(page, 'compare');
    await page.locator('.compare-list button', { hasText: 'Ishkoshim island market' }).first().click();
    await page.waitForSelector('.details[data-item="bazaars/ishkoshim-bazaar"]');
  });

  it('works by keyboard: opened, swapped and closed, the focus where it was', async () => {
    const page = await go(`#date=2023-10-01&${ishkoshim}&layers=crossings,bazaars`);
    const opener = page.getByRole('button', { name: 'Compare', exact: true });
    // The timeline is there, and what compares is not loaded with it.
    await page.waitForSelector('.histogram');
    expect(await hasLoaded(page, 'comparison')).toBe(false);
    await opener.focus();
    await page.keyboard.press('Enter');
    await hashHas(page, 'compare=2022-10-01');
    await page.waitForSelector('.compare');
    expect(await hasLoaded(page, 'comparison')).toBe(true);
    await page.locator('.compare-swap').focus();
    await page.keyboard.press('Enter');
    await hashHas(page, 'compare=2023-10-01');
    await hashHas(page, 'date=2022-10-01');
    await page.keyboard.press('Escape');
    await page.locator('.compare').waitFor({ state: 'detached' });
    expect(page.url()).not.toContain('compare=');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Compare');
    expect(await page.locator('[data-compared="same"], [data-compared="changed"]').count()).toBe(0);
  });

  it('borders a line that changed and pales the others', async () => {
    const page = await go('#date=2022-05-01&map=6/36/70&layers=casa-1000,transmission-lines&compare=2019-05-01');
    await page.waitForSelector('.line-changed');
    const changed = await page.locator('.line-band[aria-label*=" on 1 May 2019"]').count();
    expect(changed).toBe(await page.locator('.line-changed').count());
    expect(await page.locator('.line-band').count()).toBeGreaterThan(changed);
    await keep(page, 'compare-lines');
  });
});

describe('two dates compared on a phone', () => {
  const sizes = [
    [390, 844],
    [320, 640],
  ] as const;

  it.each(sizes)('stand over the map and not over the timeline, folded or not: %i×%i', async (width, height) => {
    const page = await go(`#date=2023-10-01&${ishkoshim}`, { ...phone, viewport: { width, height } });
    await page.tap('.timeline-opener');
    await page.getByRole('button', { name: 'Compare', exact: true }).tap();
    await page.waitForSelector('.compare-list button');
    expect(await page.getAttribute('.timeline-opener', 'aria-expanded')).toBe('false');
    await page.locator('.compare-list button').first().scrollIntoViewIfNeeded();
    /** What of the pane hangs out of it, in pixels. */
    const spilt = () =>
      page.$eval('.compare', node => {
        const pane = node.getBoundingClientRect();
        const stage = node.closest('.stage')?.getBoundingClientRect() ?? pane;
        const below = document.elementFromPoint(pane.left + 20, stage.bottom + 4)?.closest('.compare') ? 1 : 0;
        return Math.max(stage.top - pane.top, pane.bottom - stage.bottom, below);
      });
    expect(await spilt()).toBeLessThanOrEqual(0);
    await keep(page, `compare-phone-${width}`);
    expect(await smallTargets(page)).toEqual([]);
    await page.tap('.timeline-opener');
    await page.waitForSelector('.histogram .bar');
    expect(await spilt()).toBeLessThanOrEqual(0);
    await page.locator('.compare-list button').last().scrollIntoViewIfNeeded();
    await page.tap('.compare-close');
    await page.locator('.compare').waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.className)).toBe('timeline-opener');
  });
});
