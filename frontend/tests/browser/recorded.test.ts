import { describe, expect, it } from 'vitest';
import { drawn, keep, openSite } from './browser';
import { hashHas, typeDate } from './dated';
import { axeSays } from './reading';

const site = openSite();
const { go } = site;

describe('as recorded', () => {
  it('is asked of everything, said plainly, and left again', async () => {
    const page = await go('#date=2022-05-01&item=bazaars/ishkoshim-bazaar');
    await page.waitForSelector('.histogram .bar');
    await drawn(page);
    await page.locator('.recorded summary').click();
    const now = new Date(Date.now() - 1000).toISOString();
    await typeDate(page, '#recorded-at', now.slice(0, 10));
    await page.fill('#recorded-time', now.slice(11, 19));
    const asked: string[] = [];
    page.on('request', request => asked.push(request.url()));
    await page.getByRole('button', { name: 'Show the record of then' }).click();
    await page.waitForSelector('.recorded-banner:not([hidden])');
    expect(await page.textContent('.recorded-banner')).toContain(`${now.slice(11, 16)} UTC`);
    await drawn(page);
    await page.waitForTimeout(600);
    const data = asked.filter(url => /api\/(collections\/[^/]+\/items|changes|stats|sources)/.test(url));
    expect(data.length).toBeGreaterThan(7);
    expect(data.filter(url => !url.includes('as-recorded='))).toEqual([]);
    await hashHas(page, `recorded=${now.slice(0, 19)}Z`);
    await page.getByText('Share and save').click();
    await page.waitForSelector('.downloads a'); // the dialog comes with a chunk of its own
    // Revisions tell the record of all times.
    const links = page.locator('.downloads a, .detail-links a:not([href$="/revisions"])');
    const hrefs = await links.evaluateAll(nodes => nodes.map(node => node.getAttribute('href')));
    expect(hrefs.length).toBeGreaterThan(5);
    for (const href of hrefs) expect(href).toContain('as-recorded=');
    await page.keyboard.press('Escape');
    await keep(page, 'recorded');
    expect(await axeSays(page)).toEqual([]);
    await page.locator('.recorded-banner button').click();
    await page.locator('.recorded-banner').waitFor({ state: 'hidden' });
    expect(page.url()).not.toContain('recorded=');
  });

  it('refuses an instant to come, and half a date, with words', async () => {
    const page = await go('#date=2022-05-01');
    await page.locator('.recorded summary').click();
    const apply = page.getByRole('button', { name: 'Show the record of then' });
    await apply.click();
    expect(await page.textContent('#recorded-error')).toBe('Type a whole date and time.');
    await typeDate(page, '#recorded-at', '2099-01-01');
    expect(await page.textContent('#recorded-at-trouble')).toContain('Days from 1 January 2000');
    await page.press('#recorded-at', 'Escape');
    // The last second of today, which has come for one second a day.
    await page.fill('#recorded-time', '23:59:59');
    await apply.click();
    expect(await page.textContent('#recorded-error')).toBe('That instant is still to come.');
    expect(page.url()).not.toContain('recorded=');
  });
});

describe('downloads', () => {
  it('are of the date and the period of the map, in one place', async () => {
    const page = await go('#date=2022-05-01&layers=bazaars,incidents');
    expect(await page.locator('.panel a[download]').count()).toBe(0);
    await page.getByText('Share and save').click();
    await page.selectOption('.modal-share select', 'csv');
    const hrefs = await page.locator('.downloads a').evaluateAll(nodes => nodes.map(node => node.getAttribute('href')));
    expect(hrefs).toHaveLength(2);
    expect(hrefs[0]).toMatch(/^api\/bazaars\.csv\?datetime=2022-05-01&bbox=/);
    expect(hrefs[1]).toMatch(/^api\/incidents\.csv\?datetime=2021-05-02%2F2022-05-01&bbox=/);
    for (const href of hrefs) expect((await page.request.get(site.url + href)).status()).toBe(200);
  });
});
