/** The page of imports. Every feature that is uploaded here is invented. */
import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { desktop, keep, openSite, phone } from './browser';
import { axeSays } from './reading';
import { startServer } from './server';

let key: string;

// A browser logs the refusals that the page itself explains.
const site = openSite({
  start: async () => {
    const server = await startServer();
    key = server.key('zarina');
    return server;
  },
  allowed: fault => /status of (401|409|412)|^(401|409|412): /.test(fault),
});

async function go(options: BrowserContextOptions = desktop, hash = ''): Promise<Page> {
  const page = await site.open(`maintain${hash}`, options);
  await page.waitForSelector('#key');
  return page;
}

async function signIn(page: Page): Promise<void> {
  await page.fill('#key', key);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.upload:not([hidden])');
}

async function accessible(page: Page): Promise<void> {
  expect(await axeSays(page)).toEqual([]);
}

const fits = async (page: Page) => {
  // Where content is wider than a phone, the phone's own window grows with it.
  const room = page.viewportSize()?.width;
  expect(await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])).toEqual([room, room]);
};

const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent ?? '');

/** Waits for what the live region says, and tells what it and the alert said instead. */
async function standing(page: Page, text: string): Promise<void> {
  const said = () => page.evaluate(() => [...document.querySelectorAll('#standing, .trouble')].map(n => n.textContent));
  await expect.poll(said, { timeout: 10_000 }).toContainEqual(expect.stringContaining(text));
}

/** One new crossing without a source of its own, which is a warning, and one that is changed and moved. */
function crossings(id: string, name: string, at: [number, number]): { name: string; mimeType: string; buffer: Buffer } {
  const feature = (id: string, coordinates: number[], properties: object) => ({
    type: 'Feature',
    id,
    geometry: { type: 'Point', coordinates },
    properties,
  });
  const features = [
    feature(id, [68.62, 37.1], {
      name_en: '<b>Invented</b> crossing',
      side_a_country: 'TJ',
      side_b_country: 'AF',
      mode: ['road'],
      summary: 'Invented.',
    }),
    feature('angoor-ada', at, { name_en: name, summary: 'Invented too.' }),
  ];
  const text = JSON.stringify({ type: 'FeatureCollection', features });
  return { name: `${id}.geojson`, mimeType: 'application/geo+json', buffer: Buffer.from(text) };
}

const table = {
  name: 'invented.csv',
  mimeType: 'text/csv',
  buffer: Buffer.from(
    'id,name_en,side_a_country,side_b_country,mode,summary,x,y\n' +
      'invented-a,Invented A,TJ,AF,road,Invented.,600000,4150000\ninvented-b,Invented B,TJ,AF,road,Invented.,620000,4160000\n',
  ),
};

describe('signing in', () => {
  it('refuses what is no key, keeps nothing of a key, and ends', async () => {
    const page = await go();
    await accessible(page);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('key');
    await page.fill('#key', 'ключ');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.trouble:has-text("This is not a key")');
    await page.fill('#key', `${key}x`);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.trouble:has-text("That did not work")');
    await accessible(page);
    await signIn(page);
    expect(await focused(page)).toBe('New import');
    const kept = await page.evaluate(() => [
      document.documentElement.outerHTML,
      JSON.stringify({ ...localStorage }),
      JSON.stringify({ ...sessionStorage }),
      document.cookie,
      location.href,
    ]);
    expect(kept.join(' ')).not.toContain(key.slice(5));
    await page.reload();
    await page.waitForSelector('.who:has-text("Signed in as zarina")');
    await page.click('.who button');
    await page.waitForSelector('#key');
    expect(await page.locator('.past').count()).toBe(0);
    expect((await page.request.get(`${site.url}api/imports`)).status()).toBe(401);
  });
});

describe('an import', () => {
  it('is uploaded, looked at, accepted, applied, listed and rolled back', async () => {
    const page = await go();
    await signIn(page);
    await accessible(page);
    await page.setInputFiles('#file', crossings('invented-one', 'Angoor Ada, invented', [69.4, 32.6]));
    await page.click('.upload [type=submit]');
    await standing(page, '1 new, 1 changed, 0 removed');
    expect(await focused(page)).toBe('invented-one.geojson into Crossings');
    expect(await page.textContent('.count-new dd')).toBe('1');
    expect(await page.textContent('.count-changed dd')).toBe('1');

    for (const mark of ['new', 'before', 'after']) {
      await page.waitForSelector(`.leaflet-marker-pane .diff-${mark}`);
    }
    expect(await page.locator('.diff-way').count()).toBe(1);
    expect(await page.locator('.changes').textContent()).toContain('Angoor Ada → Angoor Ada, invented');
    expect(await page.locator('.changes').textContent()).toContain('<b>Invented</b> crossing');

    // A place in the table takes the map there, by the keyboard too.
    const warning = page.locator('tr:has-text("moved-far") .place');
    await warning.focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('.sight-ring');
    await accessible(page);
    await keep(page, 'maintain');

    const apply = page.getByRole('button', { name: 'Apply' });
    expect(await apply.isDisabled()).toBe(true);
    await page.locator('#accept').focus();
    await page.keyboard.press('Space');
    expect(await apply.isDisabled()).toBe(false);
    await apply.focus();
    await page.keyboard.press('Enter');
    await standing(page, 'It is part of the data.');
    expect(await focused(page)).toContain('invented-one.geojson');
    const item = `${site.url}api/collections/crossings/items/invented-one`;
    expect((await page.request.get(item)).status()).toBe(200);
    await accessible(page);

    const listed = page.locator('.past li:has-text("invented-one.geojson")');
    expect(await listed.textContent()).toMatch(/Applied · zarina · 20\d\d-/);
    const report = await page.request.get(site.url + (await listed.locator('a').getAttribute('href')));
    expect(report.headers()['content-type']).toContain('text/html');
    await listed.getByRole('button', { name: 'Roll back' }).click();
    await standing(page, 'It was taken back.');
    await page.waitForSelector('.past li[data-state="rolled-back"]:has-text("invented-one.geojson")');
    expect((await page.request.get(item)).status()).toBe(404);
    await accessible(page);
  });

  it('rolls back only the untouched rows when others were changed since', async () => {
    const page = await go();
    await signIn(page);
    const take = async (id: string, name: string, at: [number, number]) => {
      await page.setInputFiles('#file', crossings(id, name, at));
      await page.click('.upload [type=submit]');
      await page.check('#accept');
      await page.getByRole('button', { name: 'Apply' }).click();
      await standing(page, 'It is part of the data.');
      await page.click('.import .close');
    };
    await take('invented-two', 'Angoor Ada, second', [69.5, 32.6]);
    await take('invented-three', 'Angoor Ada, third', [69.6, 32.6]);
    await page.locator('.past li:has-text("invented-two.geojson")').getByRole('button', { name: 'Roll back' }).click();
    await page.waitForSelector('.trouble li:has-text("angoor-ada")');
    await accessible(page);
    await page.getByRole('button', { name: 'Roll back only the untouched rows' }).click();
    await standing(page, 'It was taken back.');
    const item = await page.request.get(`${site.url}api/collections/crossings/items/angoor-ada`);
    expect((await item.json()).properties.name_en).toBe('Angoor Ada, third');
    expect((await page.request.get(`${site.url}api/collections/crossings/items/invented-two`)).status()).toBe(404);
  });

  it('takes a file that is uploaded while the step before is under way', async () => {
    const page = await go();
    await signIn(page);
    await page.setInputFiles('#file', crossings('invented-four', 'Angoor Ada, fourth', [69.5, 32.6]));
    await page.click('.upload [type=submit]');
    await page.check('#accept');
    await page.waitForSelector('.actions .main-button:enabled');
    // The list of imports is asked for once one is applied, which others may see before it is answered.
    let answer = () => {};
    const held = new Promise<void>(resolve => {
      answer = resolve;
    });
    await page.route(/\/api\/imports\?/, async route => {
      await held;
      await route.continue();
    });
    const listing = page.waitForRequest(/\/api\/imports\?/);
    await page.getByRole('button', { name: 'Apply' }).click();
    await listing;
    await standing(page, 'It is part of the data.');
    await page.click('.import .close');
    await page.setInputFiles('#file', table);
    let uploads = 0;
    page.on('request', request => {
      if (request.method() === 'POST' && request.url().endsWith('/api/imports')) uploads++;
    });
    await page.click('.upload [type=submit]');
    await page.keyboard.press('Enter');
    expect(uploads).toBe(0);
    answer();
    await standing(page, 'One question is open.');
    expect(uploads).toBe(1);
    await page.getByRole('button', { name: 'Discard' }).click();
    await standing(page, 'It was given up.');
    await page.locator('.past li:has-text("invented-four.geojson")').getByRole('button', { name: 'Roll back' }).click();
    await standing(page, 'It was taken back.');
  });

  it('asks what a file does not say, shows where it would lie, and is given up', async () => {
    const page = await go(phone);
    await signIn(page);
    await page.setInputFiles('#file', table);
    await page.click('.upload [type=submit]');
    await standing(page, 'One question is open.');
    await page.click('.questions [type=submit]');
    await page.waitForSelector('.trouble:has-text("Answer every question first")');
    await page.locator('.questions input[value="EPSG:32642"]').focus();
    await page.keyboard.press('Space');
    await page.waitForSelector('.sight-box');
    await accessible(page);
    await fits(page);
    await keep(page, 'maintain-question');
    await page.keyboard.press('Enter');
    await standing(page, '2 new, 0 changed, 0 removed');
    await page.waitForSelector('.leaflet-marker-pane .diff-new');
    await accessible(page);
    await fits(page);
    await keep(page, 'maintain-phone');
    await page.reload();
    await page.waitForSelector('.import:has-text("invented.csv")');
    await page.getByRole('button', { name: 'Discard' }).click();
    await standing(page, 'It was given up.');
    await page.waitForSelector('.past li[data-state="discarded"]');
  });

  it('with errors says which records have them, and cannot be applied', async () => {
    const page = await go();
    await signIn(page);
    const text = 'id,name_en,lon,lat\ninvented-bad,Invented,68.6,37.1\n';
    await page.setInputFiles('#file', { name: 'bad.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
    await page.click('.upload [type=submit]');
    await standing(page, 'correct the file and upload it again');
    await page.waitForSelector('tr:has-text("required-property") .place:has-text("record 1")');
    expect(await page.getByRole('button', { name: 'Apply' }).count()).toBe(0);
    await accessible(page);
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => getComputedStyle(document.activeElement as Element).outlineStyle)).not.toBe(
      'none',
    );
  });

  it('keeps a mapping under a name and uses it again', async () => {
    const page = await go();
    await signIn(page);
    const text = 'id;descr;lon;lat\nangoor-ada;Invented.;69.2825;32.51556\n';
    const file = { name: 'guessed.csv', mimeType: 'text/csv', buffer: Buffer.from(text) };
    await page.setInputFiles('#file', file);
    await page.click('.upload [type=submit]');
    await page.waitForSelector('tr:has-text("guessed-field")');
    const select = page.getByLabel('Property that descr fills');
    expect(await select.inputValue()).toBe('summary');
    await select.selectOption('operator_or_funder');
    await page.fill('#mapping-name', 'invented mapping');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForSelector('.trouble:has-text("A name is letters")');
    await page.fill('#mapping-name', 'invented');
    await page.getByRole('button', { name: 'Save' }).click();
    await standing(page, 'The mapping invented is saved.');
    await page.getByRole('button', { name: 'Check again with these' }).click();
    await page.waitForSelector('.changes:has-text("operator_or_funder")');
    expect(await page.locator('tr:has-text("guessed-field")').count()).toBe(0);
    await page.click('.import .close');
    await page.selectOption('#mapping', 'invented');
    await page.setInputFiles('#file', file);
    await page.click('.upload [type=submit]');
    await page.waitForSelector('.changes:has-text("operator_or_funder")');
    await page.getByLabel('Property that descr fills').selectOption('nothing');
    await page.getByRole('button', { name: 'Check again with these' }).click();
    await page.waitForSelector('tr:has-text("it is said to fill nothing")');
    expect(await page.getByLabel('Property that descr fills').inputValue()).toBe('');
    expect(await page.locator('.changes:has-text("operator_or_funder")').count()).toBe(0);
  });

  it('does not load the page of imports with the map', async () => {
    const page = await (await site.browser.newContext(desktop)).newPage();
    const asked: string[] = [];
    page.on('request', request => asked.push(request.url()));
    await page.goto(site.url);
    await page.waitForFunction(() => document.documentElement.dataset.load === 'done');
    expect(asked.filter(url => url.includes('maintain'))).toEqual([]);
  });
});
