/** Details, and the room and the targets of what stands beside the map, in a real browser. */
import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { desktop, drawn, keep, openSite, phone } from './browser';
import { type } from './finding';
import { detailsOf } from './opened';
import { axeSays, cutOff, smallTargets } from './reading';

const small: BrowserContextOptions = { ...phone, viewport: { width: 320, height: 640 } };

const site = openSite();
const { go } = site;
const goDetails = async (hash: string, options = desktop): Promise<Page> => detailsOf(await go(hash, options));

const crossing = 'item=crossings/panji-poyon-sherkhan-bandar';

const activeText = (page: Page) => page.evaluate(() => document.activeElement?.textContent);

describe('details', () => {
  it('stand beside the map on a wide screen, and leave it whole', async () => {
    const page = await goDetails(`#date=2022-05-01&map=8/37.19/68.6&${crossing}`);
    const [map, sheet] = await Promise.all([page.locator('#map').boundingBox(), page.locator('.sheet').boundingBox()]);
    expect((map?.x ?? 0) + (map?.width ?? 0)).toBeLessThanOrEqual((sheet?.x ?? 0) + 1);
    await page.waitForTimeout(400);
    const mark = await page.locator('.map-mark[aria-label^="Panji Poyon"]').first().boundingBox();
    expect(mark?.x).toBeGreaterThan(map?.x ?? 0);
    expect((mark?.x ?? 0) + (mark?.width ?? 0)).toBeLessThan((map?.x ?? 0) + (map?.width ?? 0));
    await keep(page, 'detail-desktop');
  });

  it('show the history as a bar whose turns say what happened and lead the map there', async () => {
    const page = await goDetails(`#date=2022-05-01&${crossing}`);
    const history = (
      await (await page.request.get(`${site.url}api/collections/crossings/items/panji-poyon-sherkhan-bandar`)).json()
    ).statusHistory;
    expect(await page.locator('.bar-turn').count()).toBe(history.length);
    await page.locator('.bar-turn').first().focus();
    await page.keyboard.press('End');
    expect(await page.locator('.bar-turn[aria-pressed="true"]').count()).toBe(1);
    const last = history.at(-1);
    expect(await page.textContent('.turn')).toContain(last.summary);
    expect(await page.locator('.turn .citations a').count()).toBe(last.sources.length);
    await keep(page, 'detail-turn');
    await page.locator('.turn button').click();
    await page.waitForFunction(from => location.hash.includes(`date=${from}`), last.from);
    await drawn(page);
    // The turn stays open, and the keyboard where it was.
    await expect.poll(() => page.textContent('.turn')).toContain(last.summary);
    await expect.poll(() => activeText(page)).toContain('Show the map on');
  });

  it('take a press anywhere on the bar for the nearest turn, and tell it all as a list', async () => {
    const page = await goDetails(`#date=2022-05-01&${crossing}`, phone);
    await page.locator('.bar-field').tap({ position: { x: 60, y: 10 } });
    expect(await page.locator('.turn strong').count()).toBe(1);
    const chosen = await page
      .locator('.bar-turn')
      .evaluateAll(turns => turns.findIndex(turn => turn.ariaPressed === 'true'));
    await page.locator('.bar-steps button').last().tap();
    expect(
      await page
        .locator('.bar-turn')
        .nth(chosen + 1)
        .getAttribute('aria-pressed'),
    ).toBe('true');
    await page.locator('.history-list summary').tap();
    expect(await page.locator('.history-list li').count()).toBe(await page.locator('.bar-turn').count());
  });

  it('list incidents nearby, which open', async () => {
    const page = await goDetails('#date=2023-12-31&item=bazaars/ishkoshim-bazaar');
    expect(await page.textContent('.detail-near')).toContain('1 January 2023 to 31 December 2023');
    await page.selectOption('.detail-near select', '100000');
    await page.waitForSelector('.near-list .choice');
    const answer = await page.request.get(
      `${site.url}api/collections/incidents/items?near=bazaars/ishkoshim-bazaar&within=100000&datetime=2023-01-01/2023-12-31&limit=1000`,
    );
    const { numberMatched } = await answer.json();
    expect(await page.locator('.near-list .choice').count()).toBe(numberMatched);
    expect(await axeSays(page)).toEqual([]);
    await page.locator('.near-list .choice').first().click();
    await page.waitForSelector('.details[data-item^="incidents/"]');
    expect(page.url()).toContain('item=incidents/');
  });

  it('say how well the place is known, copy it, and link the data and the revisions', async () => {
    const page = await goDetails('#date=2022-05-01&map=12/36.74/71.58&item=bazaars/ishkoshim-bazaar');
    expect(await page.textContent('.detail-position')).toMatch(
      /Within about 2 km of the point shown\..*From: Placed on/s,
    );
    // The circle on the map is 4 km across.
    const across = await page.$eval('.accuracy-circle', circle => (circle as SVGPathElement).getBBox().width);
    const metresPerPixel = (40_075_017 * Math.cos((36.7389 * Math.PI) / 180)) / (256 * 2 ** 12);
    expect(across * metresPerPixel).toBeGreaterThan(3900);
    expect(across * metresPerPixel).toBeLessThan(4100);
    // Details are words and drawings: no photograph stands among them.
    expect(await page.locator('.details :is(img, picture, video)').count()).toBe(0);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: site.url });
    await page.getByRole('button', { name: 'Copy coordinates' }).click();
    await expect.poll(() => page.textContent('.detail-position [role="status"]')).toBe('Copied: 36.7389, 71.5797');
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('36.7389, 71.5797');
    const [geojson, revisions] = await page
      .locator('.detail-links a')
      .evaluateAll(links => links.map(link => (link as HTMLAnchorElement).href));
    const item = await (await page.request.get(geojson ?? '')).json();
    expect([item.id, item.properties.status]).toEqual(['ishkoshim-bazaar', 'closed']);
    expect((await (await page.request.get(revisions ?? '')).json()).revisions.length).toBeGreaterThan(0);
  });

  it('copy where the browser offers no clipboard, or say that they cannot', async () => {
    const page = await goDetails('#date=2022-05-01&item=bazaars/ishkoshim-bazaar');
    await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
    const said = page.locator('.detail-position [role="status"]');
    await page.getByRole('button', { name: 'Copy coordinates' }).click();
    await expect.poll(() => said.textContent()).toBe('Copied: 36.7389, 71.5797');
    await page.evaluate(() => Object.defineProperty(document, 'execCommand', { value: () => false }));
    await page.getByRole('button', { name: 'Copy coordinates' }).click();
    await expect.poll(() => said.textContent()).toContain('did not allow copying. The coordinates are 36.7389');
  });

  it('say that the line is cut when what shows them does not come', async () => {
    const page = await go('#date=2022-05-01');
    await page.route(/assets\/content-/, route => route.abort());
    await page.evaluate(() => {
      location.hash += '&item=bazaars/ishkoshim-bazaar';
    });
    await expect.poll(() => page.textContent('.sheet .details')).toContain('the server did not answer');
    site.takeFaults(); // the browser reports the cut itself
  });
});

describe('room', () => {
  const cases = [
    ['320 pixels with details', small, `#date=2022-05-01&${crossing}`, '.details h2'],
    ['320 pixels with the list', small, '#date=2022-05-01&list=1', '.list tbody tr'],
    [
      '200 % of 1280 × 800 with details',
      { viewport: { width: 640, height: 400 } },
      `#date=2022-05-01&${crossing}`,
      '.details h2',
    ],
    [
      '200 % of 1280 × 800 with the list',
      { viewport: { width: 640, height: 400 } },
      '#date=2022-05-01&list=1',
      '.list tbody tr',
    ],
  ] as const;

  it.each(cases)('is enough at %s', async (name, options, hash, selector) => {
    const page = await go(hash, options);
    await page.waitForSelector(selector);
    await page.waitForTimeout(300);
    await keep(page, `room ${name}`.replaceAll(/[^a-z0-9]+/g, '-'));
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(options.viewport?.width);
    expect(await cutOff(page)).toEqual([]);
  });

  it('is enough with text at 200 %', async () => {
    const page = await go('');
    const client = await page.context().newCDPSession(page);
    await client.send('Page.setFontSizes', { fontSizes: { standard: 32, fixed: 26 } });
    await page.goto(`${site.url}#date=2022-05-01&list=1&${crossing}`);
    await page.reload();
    await page.waitForSelector('.details h2');
    await page.waitForSelector('.list tbody tr');
    expect(
      await page.evaluate(() => getComputedStyle(document.querySelector('.details p') as Element).fontSize),
    ).toMatch(/^2[68]px$/);
    await keep(page, 'room-text-200');
    expect(await cutOff(page)).toEqual([]);
    await page.evaluate(() => {
      location.hash = '#date=2022-05-01&compare=2020-05-01';
    });
    await page.waitForSelector('.compare-list li');
    expect(await cutOff(page)).toEqual([]);
    for (const [index, ready] of ['textarea[aria-label="BibTeX"]', 'table >> nth=1'].entries()) {
      await page.locator('.tools button').nth(index).click();
      await page.locator(`.modal ${ready}`).waitFor();
      await keep(page, `room-text-200-dialog-${index}`);
      expect(await cutOff(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.locator('.modal').waitFor({ state: 'detached' });
    }
  });

  it.each([
    ['390 pixels', phone],
    ['320 pixels', small],
  ] as const)('has targets a finger can hit at %s', async (_, options) => {
    const page = await goDetails(`#date=2022-05-01&${crossing}`, options);
    await page.locator('.bar-field').tap();
    await page.locator('.history-list summary').tap();
    await page.locator('.detail-sources summary').tap();
    expect(await smallTargets(page)).toEqual([]);
    await page.tap('.sheet-close');
    await page.tap('.list-opener');
    await page.waitForSelector('.list tbody tr');
    expect(await smallTargets(page)).toEqual([]);
    await page.tap('.list-close');
    await type(page, 'ishk');
    expect(await smallTargets(page)).toEqual([]);
    await keep(page, `search-${options.viewport?.width}`);
  });
});

describe('from right to left', () => {
  it.each([
    ['desktop', desktop],
    ['phone', phone],
  ] as const)('details, list and search stand on their other sides (%s)', async (name, options) => {
    const page = await go(`#date=2022-05-01&lang=fa&list=1&map=8/37/69&${crossing}`, options);
    await page.waitForSelector('.details h2');
    await page.waitForSelector('.list tbody tr');
    const [map, sheet] = await Promise.all([page.locator('#map').boundingBox(), page.locator('.sheet').boundingBox()]);
    if (name === 'desktop') expect((sheet?.x ?? 0) + (sheet?.width ?? 0)).toBeLessThanOrEqual((map?.x ?? 0) + 1);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(options.viewport?.width);
    expect(await cutOff(page)).toEqual([]);
    await keep(page, `detail-fa-${name}`);
  });
});

describe('accessibility', () => {
  const light = { colorScheme: 'light' } as const;
  const dark = { colorScheme: 'dark' } as const;
  const states = [
    ['details with a turn', { ...desktop, ...light }, `#date=2022-05-01&${crossing}`, openTurn],
    ['details with a turn in the dark', { ...desktop, ...dark }, `#date=2022-05-01&${crossing}`, openTurn],
    ['the sheet of a phone', { ...phone, ...light }, `#date=2022-05-01&${crossing}`, openTurn],
    ['the sheet at 320', { ...small, ...dark }, `#date=2022-05-01&${crossing}`, openTurn],
    ['an incident', { ...desktop, ...light }, '#date=2022-05-01&item=incidents/golovnoy-clash-2021-04', waitForDetails],
    ['the list', { ...desktop, ...light }, '#date=2022-05-01&list=1', waitForList],
    ['the list in the dark', { ...desktop, ...dark }, '#date=2022-05-01&list=1', waitForList],
    ['the list of a phone', { ...phone, ...light }, '#date=2022-05-01&list=1', waitForList],
    ['the search', { ...desktop, ...light }, '#date=2022-05-01', openSearch],
    ['the search in the dark', { ...desktop, ...dark }, '#date=2022-05-01', openSearch],
    ['the search of a phone', { ...phone, ...light }, '#date=2022-05-01', openSearch],
  ] as const;

  it.each(states)('axe finds nothing to say of %s', async (name, options, hash, ready) => {
    const page = await go(hash, options);
    await ready(page);
    await page.waitForTimeout(300);
    const violations = await axeSays(page);
    await keep(page, `axe ${name}`.replaceAll(' ', '-'));
    expect(violations).toEqual([]);
  });
});

async function waitForDetails(page: Page): Promise<void> {
  await page.waitForSelector('.details h2');
}

async function openTurn(page: Page): Promise<void> {
  await page.waitForSelector('.bar-turn');
  await page.locator('.bar-turn').first().focus();
  await page.keyboard.press('ArrowRight');
  await page.locator('.history-list summary').click();
}

async function waitForList(page: Page): Promise<void> {
  await page.waitForSelector('.list tbody tr');
}

async function openSearch(page: Page): Promise<void> {
  await type(page, 'ishk');
  await page.keyboard.press('ArrowDown');
}
