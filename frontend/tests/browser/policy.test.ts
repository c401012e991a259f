/** What the pages refuse to run, and that a text is shown as a text whatever stands in it. */
import { describe, expect, it } from 'vitest';
import { drawn, openSite } from './browser';
import { type } from './finding';
import { startServer } from './server';

/** What would run if it were ever read as markup. */
const markup = '<img src=x onerror="window.ran=1"><b>Made-up</b> market';

let key: string;
const site = openSite({
  start: async () => {
    const server = await startServer();
    key = server.key('policy-tests');
    const answer = await fetch(`${server.url}api/collections/bazaars/items/ishkoshim-bazaar`, {
      method: 'PATCH',
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/merge-patch+json', 'If-Match': '*' },
      body: JSON.stringify({ properties: { name_en: markup } }),
    });
    if (answer.status !== 200) throw new Error(`the name was not written: ${answer.status}`);
    return server;
  },
  // The page about embedding has such a frame, and the page of imports asks whether somebody is signed in: both at any time.
  allowed: fault => /escape its sandboxing|^401: .*api\/session$|status of 401/i.test(fault),
});

it.each(['', 'embed', 'embed/docs', 'maintain', 'translating.html', 'api/docs'])(
  'a script that is put into the page is not run: /%s',
  async path => {
    const page = await site.open(path);
    const policy = (await page.request.get(site.url + path)).headers()['content-security-policy'] ?? '';
    expect(policy).toMatch(/(default|script)-src 'self'/);
    expect(policy).not.toMatch(/unsafe|script-src[^;]*(\*|data:|http)/);
    await page.waitForLoadState('load');
    const ran = await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'window.ran = 1';
      document.body.append(script);
      document.body.insertAdjacentHTML('beforeend', '<i onclick="window.ran = 2" id="made-up">x</i>');
      document.getElementById('made-up')?.click();
      return 'ran' in window;
    });
    expect(ran).toBe(false);
    // The script and the handler, and nothing that the page itself would have run.
    const refused: string[] = [];
    await expect.poll(() => refused.push(...site.takeFaults())).toBe(2);
    expect(refused).toEqual(Array(2).fill(expect.stringMatching(/Content Security Policy/i)));
  },
);

describe('a name with markup in it', () => {
  const spot = 'date=2022-05-01&map=9/36.74/71.58';
  const item = 'item=bazaars/ishkoshim-bazaar';

  it('is shown as it is written, in details, on the map, in the list, the search, changes and a picture', async () => {
    const page = await site.go(`#${spot}&layers=bazaars&list=1&compare=2023-10-01&${item}`);
    await expect.poll(() => page.textContent('.details h2')).toBe(markup);
    const mark = page.locator('.map-mark[aria-label*="Made-up"]');
    expect(await mark.getAttribute('aria-label')).toContain(markup);
    await mark.focus();
    expect(await page.textContent('.map-tooltip')).toContain(markup);
    await expect.poll(() => page.locator('.list tbody th').allTextContents()).toContain(markup);
    await expect.poll(() => page.locator('.compare-list .choice', { hasText: markup }).count()).toBeGreaterThan(0);
    expect((await type(page, 'made-up'))[0]).toContain(markup);
    await page.keyboard.press('Escape');
    await page.locator('.tools button').first().click();
    await page.getByText('Save as picture').click();
    await page.getByText('Done.').waitFor();
    expect(await page.locator('img[src="x"], [onerror]').count()).toBe(0);
    expect(await page.evaluate(() => 'ran' in window)).toBe(false);
  });

  it('is shown as it is written in an embedded map', async () => {
    const page = await site.open(`embed?${spot}&${item}`);
    await drawn(page);
    await expect.poll(() => page.textContent('.details h2')).toBe(markup);
    expect(await page.locator('img[src="x"], [onerror]').count()).toBe(0);
  });
});
