/** A page that follows the data: how soon a change is on it is measured. */
import type { Frame, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { desktop, keep, openSite, phone } from './browser';
import { host } from './elsewhere';
import { type } from './finding';
import { axeSays } from './reading';
import { startServer } from './server';

let key: string;
const site = openSite({
  start: async () => {
    const server = await startServer();
    key = server.key('share-tests');
    return server;
  },
});
const { go } = site;

const collections = () => `${site.url}api/collections/`;
const asEditor = () => ({ Authorization: `Bearer ${key}` });

/** Changes a name as an editor does; the names are made up for the test. */
async function rename(page: Page, name: string): Promise<void> {
  const answer = await page.request.patch(`${collections()}bazaars/items/ishkoshim-bazaar`, {
    headers: { ...asEditor(), 'Content-Type': 'application/merge-patch+json', 'If-Match': '*' },
    data: JSON.stringify({ properties: { name_en: name } }),
  });
  expect(answer.status()).toBe(200);
}

/** An incident of February 2024 beside the bazaar. */
async function addIncident(page: Page, id: string, title: string): Promise<void> {
  const properties = {
    title,
    category: 'armed_clash',
    place_name: 'Ishkoshim',
    country: 'Tajikistan',
    start_date: '2024-02-10',
    start_precision: 'day',
    end_date: '2024-02-10',
    end_precision: 'day',
    confidence: 'claimed',
    summary: 'Made up.',
    position_accuracy_m: 1000,
    sources: ['amu-2022'],
  };
  const answer = await page.request.post(`${collections()}incidents/items`, {
    headers: { ...asEditor(), 'Content-Type': 'application/geo+json' },
    data: JSON.stringify({
      type: 'Feature',
      id,
      geometry: { type: 'Point', coordinates: [71.63, 36.8] },
      properties,
    }),
  });
  expect(answer.status()).toBe(201);
}

async function renameIncident(page: Page, id: string, title: string): Promise<void> {
  const headers = { ...asEditor(), 'Content-Type': 'application/merge-patch+json', 'If-Match': '*' };
  const data = JSON.stringify({ properties: { title } });
  expect((await page.request.patch(`${collections()}incidents/items/${id}`, { headers, data })).status()).toBe(200);
}

async function removeIncident(page: Page, id: string): Promise<void> {
  const headers = { ...asEditor(), 'If-Match': '*' };
  expect((await page.request.delete(`${collections()}incidents/items/${id}`, { headers })).status()).toBe(204);
}

/** The bazaar is closed from a day on: a table of one row, which a maintainer imports. */
async function closeBazaar(page: Page, day: string): Promise<() => Promise<void>> {
  const rows = `collection,owner,status,from_date,summary,sources\nbazaars,ishkoshim-bazaar,closed,${day},Made up.,amu-2022\n`;
  const made = await page.request.post(`${site.url}api/imports`, {
    headers: asEditor(),
    multipart: { collection: 'status', file: { name: 'status.csv', mimeType: 'text/csv', buffer: Buffer.from(rows) } },
  });
  const { id } = (await made.json()) as { id: string };
  const address = `${site.url}api/imports/${id}`;
  const state = async () => (await (await page.request.get(address, { headers: asEditor() })).json()).state;
  await expect.poll(state).toBe('staged');
  return async () => {
    const data = JSON.stringify({ accept_warnings: true });
    const headers = { ...asEditor(), 'Content-Type': 'application/json' };
    expect((await page.request.post(`${address}/apply`, { headers, data })).status()).toBeLessThan(300);
    await expect.poll(state).toBe('applied');
  };
}

/** What has to be so within two seconds from now. */
const soon = <T>(read: () => Promise<T>) => expect.poll(read, { timeout: 2000, interval: 50 });

/** What a reader has typed, opened, scrolled to and come to by keyboard. */
const place = (page: Page) =>
  page.evaluate(() => {
    const focus = document.activeElement;
    return {
      typed: document.querySelector<HTMLInputElement>('.search-input')?.value,
      folds: [...document.querySelectorAll<HTMLDetailsElement>('.panel details')].map(({ open }) => open),
      panel: document.querySelector('.panel')?.scrollTop,
      list: document.querySelector('.list-scroll')?.scrollTop,
      focus: [focus?.tagName, focus?.className, focus?.closest<HTMLElement>('tr')?.dataset.item],
      address: location.href,
    };
  });

/** A press that is not yet at its end. */
async function press(page: Page, selector: string): Promise<void> {
  await page.locator(selector).hover();
  await page.mouse.down();
}

const month = (page: Page) => page.getAttribute('.histogram', 'aria-valuetext');
const rows = (page: Page) => page.locator('.list tbody tr').count();
const incidents = async (page: Page) =>
  Number(await page.locator('.layer[data-collection="incidents"] .layer-count').textContent());

/** A panel that is scrolled, with a legend folded out, beside a list that is scrolled. */
async function settleIn(page: Page): Promise<void> {
  await page.locator('.layer[data-collection="crossings"] .facets summary').click();
  await page.evaluate(() => {
    for (const part of document.querySelectorAll('.panel, .list-scroll')) part.scrollTop = 40;
  });
}

const item = '#date=2022-05-01&item=bazaars/ishkoshim-bazaar&map=9/36.74/71.58';

describe('a change by an editor', () => {
  it('is on the open page within two seconds, under the eyes of a reader who keeps their place', async () => {
    const page = await go(item);
    await page.waitForSelector('.details .status-now');
    await page.locator('.detail-sources summary').click();
    const inside = page.locator('.details .detail-sources a').first();
    await inside.focus();
    const before = await inside.getAttribute('href');
    const zoom = page.url();
    await page.waitForTimeout(1500);
    await rename(page, 'Made-up market');
    const began = Date.now();
    await page.waitForFunction(() => document.querySelector('.details h2')?.textContent?.includes('Made-up market'));
    const took = Date.now() - began;
    expect(took).toBeLessThan(2000);
    expect(await page.evaluate(() => document.activeElement?.getAttribute('href'))).toBe(before);
    expect(await page.locator('.detail-sources').getAttribute('open')).toBe('');
    expect(page.url()).toBe(zoom);
    expect(await page.locator('.map-mark[aria-label^="Made-up market"]').count()).toBe(1);
    expect(await page.textContent('.live-note')).toMatch(/^Updated \d\d:\d\d$/);
    expect(await axeSays(page)).toEqual([]);
    await keep(page, 'live');
  });

  it('reaches the counts, the list and the search, and goes from them again, under the hands of the reader', async () => {
    const page = await go('#date=2024-02-28&map=9/36.74/71.58&list=1');
    await page.waitForSelector('.list tbody tr');
    await page.waitForSelector('.histogram .bar');
    await settleIn(page);
    expect(await type(page, 'made-up battle')).toEqual([]);
    const [before, listed, all] = [await place(page), await rows(page), await incidents(page)];
    expect(before).toMatchObject({ typed: 'made-up battle', panel: 40, focus: ['INPUT', 'search-input', undefined] });
    const mark = page.locator('.map-mark[aria-label^="Made-up battle"]');
    await expect.poll(() => month(page)).toMatch(/: \d/);
    const inFebruary = Number(/: (\d+)/.exec((await month(page)) ?? '')?.[1]);
    await addIncident(page, 'made-up-battle', 'Made-up battle');
    await Promise.all([
      soon(() => mark.count()).toBe(1),
      soon(() => incidents(page)).toBe(all + 1),
      soon(() => rows(page)).toBe(listed + 1),
      soon(() => page.locator('.search-list [role="option"]').allTextContents()).toHaveLength(1),
      soon(() => month(page)).toMatch(new RegExp(`^February 2024: ${inFebruary + 1} `)),
    ]);
    expect(await place(page)).toEqual(before);
    await keep(page, 'live-incident');
    // A month that is looked at is not left for that of the date.
    await page.locator('.histogram').press('ArrowLeft');
    expect(await month(page)).toMatch(/^January 2024: /);
    await removeIncident(page, 'made-up-battle');
    await Promise.all([
      soon(() => mark.count()).toBe(0),
      soon(() => incidents(page)).toBe(all),
      soon(() => rows(page)).toBe(listed),
    ]);
    // The list of what was found went with the focus, and does not come back by itself.
    expect(await page.locator('.search.open').count()).toBe(0);
    expect(await month(page)).toMatch(/^January 2024: /);
    expect(await page.textContent('.histogram-caption')).toMatch(/^January 2024: /);
    await page.locator('.histogram').press('ArrowRight');
    expect(await month(page)).toMatch(new RegExp(`^February 2024: ${inFebruary} `));
  });

  it('of a status reaches the strip, the steps, the list and what is compared, and the focus stays', async () => {
    const page = await go('#date=2024-02-28&map=9/36.74/71.58&list=1&compare=2023-10-01');
    const apply = await closeBazaar(page, '2024-02-01');
    const bazaar = '[data-item="bazaars/ishkoshim-bazaar"]';
    await page.waitForSelector('.compare-list :is(button, p)');
    await settleIn(page);
    await page.locator(`.list ${bazaar} .list-open`).focus();
    const changes = async () => Number.parseInt((await page.getAttribute('.strip', 'aria-label')) ?? '', 10);
    const entry = page.locator('.compare-list [data-keep^="bazaars/ishkoshim-bazaar"]');
    await expect.poll(changes).toBeGreaterThan(0);
    const [before, inStrip] = [await place(page), await changes()];
    expect(before.focus).toEqual(['BUTTON', 'list-open', 'bazaars/ishkoshim-bazaar']);
    expect(await entry.count()).toBe(0);
    await apply();
    await Promise.all([
      soon(changes).toBe(inStrip + 1),
      soon(() => page.locator('.step').first().getAttribute('aria-label')).toContain('1 February 2024'),
      soon(() => entry.allTextContents()).toEqual([expect.stringMatching(/1 February 2024.*[Cc]losed/)]),
      soon(() => page.textContent(`.list ${bazaar} .list-status`)).toBe('Closed'),
      soon(() => page.locator('.map-mark[data-compared="changed"][aria-label*="Closed"]').count()).toBe(1),
    ]);
    expect(await place(page)).toEqual(before);
    await entry.focus();
    await rename(page, 'Market under another name');
    await soon(() => entry.textContent()).toContain('Market under another name');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('Market under another name');
  });

  it('of what lies around an item is told in its details, whose reader keeps their place', async () => {
    const page = await go('#date=2024-02-28&item=bazaars/ishkoshim-bazaar&map=9/36.74/71.58');
    await page.waitForSelector('.details .status-now');
    await page.selectOption('.near-radius select', '100000');
    const near = page.locator('.near-list .choice');
    await near.first().waitFor();
    await press(page, '.detail-position button');
    await page.evaluate(() => getSelection()?.selectAllChildren(document.querySelector('.status-now') as Node));
    const focus = () => page.evaluate(() => [document.activeElement?.textContent, String(getSelection())]);
    const scrolled = () => page.evaluate(() => document.querySelector('.sheet-body')?.scrollTop);
    const [before, where, n] = [await focus(), await scrolled(), await near.count()];
    await addIncident(page, 'made-up-neighbour', 'Made-up neighbour');
    await soon(() => near.allTextContents()).toContainEqual(expect.stringContaining('Made-up neighbour'));
    expect(await near.count()).toBe(n + 1);
    expect([await focus(), await scrolled()]).toEqual([before, where]);
    await page.mouse.up();
    await expect.poll(() => page.locator('.detail-position [role="status"]').textContent()).toMatch(/copied/i);
    // What nobody asked for takes nothing away when it fails: it is tried three times.
    let refused = 0;
    await page.route(/bazaars\/items\/ishkoshim-bazaar/, route => {
      refused++;
      return route.abort();
    });
    await removeIncident(page, 'made-up-neighbour');
    await expect.poll(() => refused).toBe(3);
    await page.waitForTimeout(300);
    expect(await page.locator('.details .status-now').count()).toBe(1);
    expect([await focus(), await scrolled()]).toEqual([before, where]);
    expect(site.takeFaults()).toEqual(Array(3).fill('console: Failed to load resource: net::ERR_FAILED'));
  });

  it('is not asked for by a page nobody looks at, and caught up with on return, the timeline of a phone unfolded', async () => {
    const page = await go('#date=2022-05-01&map=9/36.74/71.58', phone);
    await page.tap('.timeline-opener');
    await page.waitForSelector('.histogram .bar');
    const look = (state: string) =>
      page.evaluate(to => {
        Object.defineProperty(document, 'visibilityState', { value: to, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      }, state);
    await page.waitForTimeout(2000); // what it asks when it first hears has been answered
    await look('hidden');
    await rename(page, 'Market nobody saw');
    await page.waitForTimeout(2500);
    expect(await page.locator('.map-mark[aria-label^="Market nobody saw"]').count()).toBe(0);
    const [stream] = await Promise.all([
      page.waitForRequest(request => request.resourceType() === 'eventsource'),
      look('visible'),
    ]);
    expect(new URL(stream.url()).pathname).toBe('/api/events');
    expect((await stream.response())?.headers()['content-type']).toContain('text/event-stream');
    await page.locator('.map-mark[aria-label^="Market nobody saw"]').waitFor({ state: 'attached', timeout: 5000 });
    expect(await page.getAttribute('.timeline-opener', 'aria-expanded')).toBe('true');
  });

  it('is not in the record of before it, which says its moment', async () => {
    const page = await go(item);
    await rename(page, 'Market as it was called');
    const then = Math.ceil(Date.now() / 1000) * 1000;
    await expect.poll(() => Date.now()).toBeGreaterThan(then);
    await rename(page, 'Market as it is called');
    const moment = `${new Date(then).toISOString().slice(0, 19)}Z`;
    await page.goto(`${site.url}${item}&recorded=${moment}`);
    const name = page.locator('.details h2');
    await expect.poll(() => name.textContent()).toContain('Market as it was called');
    expect(await page.locator('.map-mark[aria-label^="Market as it was called"]').count()).toBe(1);
    expect(await page.textContent('.recorded-banner')).toContain(`${moment.slice(11, 16)} UTC`);
    await page.click('.recorded-banner button');
    await expect.poll(() => name.textContent()).toContain('Market as it is called');
    await page.locator('.map-mark[aria-label^="Market as it is called"]').waitFor();
  });

  it('reaches open charts, and a list of what is in one place', async () => {
    const page = await go('#date=2024-02-28&map=14/36.8/71.63&layers=incidents&charts=2023-03-01/2024-02-28');
    await addIncident(page, 'made-up-one', 'Made-up one');
    const total = async () => {
      const cells = await page.locator('.charts-incidents tbody td:last-child').allTextContents();
      return cells.reduce((sum, text) => sum + Number(text), 0);
    };
    await soon(total).toBe(1);
    await page.locator('.charts-incidents button').focus();
    await addIncident(page, 'made-up-two', 'Made-up two');
    await soon(total).toBe(2);
    expect(await page.locator('.charts-incidents button').evaluate(node => node === document.activeElement)).toBe(true);
    await page.locator('.modal-charts .sheet-close').click();
    await page.locator('.map-mark[aria-label*="incidents here"]').press('Enter');
    const choices = page.locator('.choices .choice');
    await expect.poll(() => choices.count()).toBe(2);
    await press(page, '.choices li:last-child .choice');
    await renameIncident(page, 'made-up-one', 'Under another title');
    await soon(() => choices.allTextContents()).toContainEqual(expect.stringContaining('Under another title'));
    await page.mouse.up();
    await expect.poll(() => page.locator('.details h2').textContent()).toBe('Made-up two');
    for (const id of ['made-up-one', 'made-up-two']) await removeIncident(page, id);
  });

  it.each([
    ['of the same site share a stream, whichever of them goes', '127.0.0.1', 1, 2],
    ['of another site have one each, where the browser keeps them apart', 'localhost', 2, 2],
  ])('reaches maps embedded in one page: those %s', async (_, name, shared, after) => {
    const frame = `<iframe src="${site.url}embed?layers=bazaars&amp;map=9/36.74/71.58" width="600" height="400"></iframe>`;
    const other = await host(`<!doctype html><html lang="en"><title>Elsewhere</title>${frame}${frame}</html>`);
    const page = await (await site.browser.newContext(desktop)).newPage();
    const leaders: Frame[] = [];
    page.on('request', request => {
      if (request.url().endsWith('/api/events')) leaders.push(request.frame());
    });
    const streams = () => leaders.length;
    await page.goto(other.url.replace('localhost', name));
    const marks = (of: string) => async () => {
      const [, ...frames] = page.frames();
      return Promise.all(frames.map(one => one.locator(`.map-mark[aria-label^="${of}"]`).count()));
    };
    const bazaar = await (await page.request.get(`${collections()}bazaars/items/ishkoshim-bazaar`)).json();
    await expect.poll(marks(bazaar.properties.name_en)).toEqual([1, 1]);
    await expect.poll(streams).toBe(shared);
    await page.waitForTimeout(1000); // who has no stream of its own waits its turn
    await rename(page, 'Market in two frames');
    await soon(marks('Market in two frames')).toEqual([1, 1]);
    expect(streams()).toBe(shared);
    const leading = await leaders[0]?.frameElement();
    await leading?.evaluate(node => node.parentNode?.removeChild(node));
    await expect.poll(streams).toBe(after);
    await rename(page, 'Market in one frame');
    await expect.poll(marks('Market in one frame')).toEqual([1]);
    other.server.close();
  });
});
