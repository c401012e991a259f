import { describe, expect, it } from 'vitest';
import { languageCodes } from '../../src/language/languages';
import { english } from '../../src/texts.en';
import { catalogue as dari } from '../../src/texts.fa';
import { catalogue as russian } from '../../src/texts.ru';
import { catalogue as tajik } from '../../src/texts.tg';
import { desktop, drawn, keep, openSite, phone } from './browser';
import { axeSays, foreignWords, narrow, overflowing, smallTargets } from './reading';

const site = openSite();
const { go } = site;

const item = '&item=bazaars/ishkoshim-bazaar';
const catalogues = { en: english, ru: russian, tg: tajik, fa: dari } as const;
const others = ['ru', 'tg', 'fa'] as const;

const views = [
  ['desktop', desktop, ''],
  ['desktop with details', desktop, item],
  ['desktop with an incident', desktop, '&period=2001-01-01/2026-11-01&item=incidents/golovnoy-clash-2021-04'],
  ['phone', phone, ''],
  ['phone with details', phone, item],
  ['320 pixels', narrow, ''],
] as const;

describe.each(languageCodes)('in %s', code => {
  it.each(views)('the page fits, is in one language and pleases axe: %s', async (name, options, more) => {
    const page = await go(`#date=2022-05-01&lang=${code}${more}`, options);
    if (more !== '') await page.waitForSelector('.details h2');
    await keep(page, `words ${code} ${name}`.replaceAll(' ', '-'));
    expect(await overflowing(page)).toEqual([]);
    if (code !== 'en') expect(await foreignWords(page)).toEqual([]);
    expect(await axeSays(page)).toEqual([]);
  });

  it('the menu and the panel of a phone fit and please axe', async () => {
    const page = await go(`#date=2022-05-01&lang=${code}`, phone);
    await page.tap('.language summary');
    await keep(page, `words-${code}-phone-menu`);
    expect(await page.locator('.language .review-note').count()).toBe(code === 'en' ? 0 : 1);
    if (code !== 'en') expect(await page.locator('.language .review-note').isVisible()).toBe(true);
    expect(await overflowing(page)).toEqual([]);
    expect(await smallTargets(page)).toEqual([]);
    expect(await axeSays(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.tap('.panel-opener');
    for (const summary of await page.locator('.panel summary').all()) await summary.tap();
    await keep(page, `words-${code}-phone-panel`);
    expect(await overflowing(page)).toEqual([]);
    if (code !== 'en') expect(await foreignWords(page)).toEqual([]);
    expect(await axeSays(page)).toEqual([]);
  });

  it('the controls of a phone 320 pixels wide stand in one row, each large enough for a finger', async () => {
    const page = await go(`#date=2022-05-01&lang=${code}`, narrow);
    const boxes = await page.$$eval('.timebar-buttons > *', nodes =>
      nodes
        .map(node => node.getBoundingClientRect())
        .filter(({ width }) => width > 0)
        .map(({ left, right, width, height, top }) => ({ left, right, width, height, middle: top + height / 2 }))
        .sort((a, b) => a.left - b.left),
    );
    expect(boxes).toHaveLength(4);
    for (const [i, { left, right, width, height, middle }] of boxes.entries()) {
      expect(Math.min(width, height)).toBeGreaterThanOrEqual(44);
      expect(left).toBeGreaterThanOrEqual(boxes[i - 1]?.right ?? 0);
      expect(right).toBeLessThanOrEqual(320);
      expect(Math.abs(middle - (boxes[0]?.middle ?? 0))).toBeLessThan(2);
    }
    // Signs stand for the words, which are still what the buttons are called.
    const { 'time.title': timeline, 'panel.title': layers } = catalogues[code];
    for (const name of [timeline, layers]) {
      expect(await page.getByRole('button', { name: String(name), exact: true }).isVisible()).toBe(true);
    }
    await page.tap('.timeline-opener');
    await keep(page, `words-${code}-320-timeline`);
    expect(await overflowing(page)).toEqual([]);
    if (code !== 'en') expect(await foreignWords(page)).toEqual([]);
    // The date is still to be read whole.
    expect(await page.$eval('#as-of', node => node.scrollWidth - node.clientWidth)).toBe(0);
  });

  it('the dark page pleases axe', async () => {
    const page = await go(`#date=2022-05-01&lang=${code}${item}`, { ...desktop, colorScheme: 'dark' });
    await page.waitForSelector('.details h2');
    await page.click('.language summary');
    await keep(page, `words-${code}-dark`);
    expect(await axeSays(page)).toEqual([]);
  });
});

describe.each(others)('the names in %s', code => {
  it('come first, marked with their language', async () => {
    const page = await go(`#date=2022-05-01&lang=${code}${item}`);
    await page.waitForSelector('.details h2');
    const served = await page.request.get(`${site.url}api/collections/bazaars/items/ishkoshim-bazaar`);
    const { properties } = await served.json();
    expect(await page.textContent('.details h2')).toBe(properties[`name_${code}`]);
    expect(await page.getAttribute('.details h2 bdi', 'lang')).toBe(code);
    expect(await page.textContent('.details .scripts [lang="en"]')).toBe(properties.name_en);
    expect(await page.locator(`.map-mark[aria-label^="${properties[`name_${code}`]}"]`).count()).toBe(1);
  });
});

describe('Dari', () => {
  it('runs from right to left, the map and its slider’s box from left to right', async () => {
    const page = await go('#date=2022-05-01&lang=fa');
    const side = (selector: string) => page.$eval(selector, node => node.getBoundingClientRect().left);
    expect(await page.getAttribute('html', 'dir')).toBe('rtl');
    expect(await page.getAttribute('html', 'lang')).toBe('fa-AF');
    expect(await side('#panel')).toBeGreaterThan(await side('.stage'));
    expect(await page.$eval('#map', node => getComputedStyle(node).direction)).toBe('ltr');
    // The later date lies farther left, and the arrow to the left goes there.
    const before = await side('.noUi-handle');
    await page.locator('.noUi-handle').focus();
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => page.url()).toContain('date=2022-05-02');
    await page.keyboard.press('PageUp');
    await expect.poll(() => page.url()).toContain('date=2022-06-01');
    expect(await side('.noUi-handle')).toBeLessThan(before);
    expect(await page.getAttribute('.noUi-handle', 'aria-valuetext')).toContain('۱');
  });

  it('keeps the name of the page off the buttons of the map on a phone', async () => {
    const page = await go('#date=2022-05-01&lang=fa', phone);
    const box = (selector: string) => page.$eval(selector, node => node.getBoundingClientRect().toJSON());
    const [name, buttons] = [await box('.brand'), await box('.leaflet-control-zoom')];
    expect(buttons.right).toBeLessThan(name.left);
  });

  it('shows its own digits', async () => {
    const page = await go('#date=2022-05-01&lang=fa');
    expect(await page.textContent('.load-status')).toMatch(/۱[\u2069\s]*.*می.*۲۰۲۲/);
    const digits = await page.$$eval('.layer-count, .legend b, .noUi-value, .leaflet-control-scale-line', nodes =>
      nodes.map(node => node.textContent ?? '').filter(text => /[0-9]/.test(text)),
    );
    expect(digits).toEqual([]);
  });
});

describe('the choice', () => {
  it('keeps the state, is remembered, and gives the focus back', async () => {
    const page = await go(`#map=9/36.74/71.58&date=2022-05-01&layers=crossings,bazaars`);
    await page.locator('.language summary').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Тоҷикӣ');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.documentElement.lang === 'tg');
    await drawn(page);
    const { hash } = new URL(page.url());
    expect(hash).toBe('#map=9/36.74/71.58&date=2022-05-01&layers=crossings,bazaars&lang=tg');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Тоҷикӣ');
    // Without the field the choice stands.
    await page.goto('about:blank');
    await page.goto(site.url);
    await drawn(page);
    expect(await page.getAttribute('html', 'lang')).toBe('tg');
  });

  it('closes with Escape and when the focus leaves it', async () => {
    const page = await go('#date=2022-05-01');
    const menu = page.locator('.language[open]');
    await page.click('.language summary');
    expect(await menu.count()).toBe(1);
    await page.keyboard.press('Escape');
    expect(await menu.count()).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('SUMMARY');
    await page.keyboard.press('Enter');
    expect(await menu.count()).toBe(1);
    await page.locator('#as-of').focus();
    expect(await menu.count()).toBe(0);
  });

  it.each([
    ['ru-RU', 'ru'],
    ['tg-TJ', 'tg'],
    ['fa-AF', 'fa-AF'],
    ['de-DE', 'en'],
  ])('is the browser’s at first: %s', async (locale, lang) => {
    const page = await go('#date=2022-05-01', { ...desktop, locale });
    expect(await page.getAttribute('html', 'lang')).toBe(lang);
  });

  it('loads one catalogue, and none for English', async () => {
    const page = await go('#date=2022-05-01&lang=en');
    const loaded = () =>
      page.evaluate(() =>
        performance
          .getEntriesByType('resource')
          .map(({ name }) => /texts\.(\w\w)/.exec(name)?.[1])
          .filter(code => code),
      );
    expect(await loaded()).toEqual([]);
    await page.evaluate(() => {
      location.hash = '#date=2022-05-01&lang=ru';
    });
    await page.waitForFunction(() => document.documentElement.lang === 'ru');
    await drawn(page);
    expect(await loaded()).toEqual(['ru']);
  });

  it.each(others)('says in %s that nobody has reviewed it, and where to correct it', async code => {
    const page = await go(`#date=2022-05-01&lang=${code}`);
    await page.click('.language summary');
    const note = page.locator('.language .review-note');
    expect(await note.textContent()).toContain(catalogues[code]['language.unreviewed']);
    const answer = await page.request.get(new URL((await note.locator('a').getAttribute('href')) ?? '', site.url).href);
    expect(answer.status()).toBe(200);
  });
});

describe('the codes of the data', () => {
  /** Properties whose codes are those of another. */
  const sameAs: Readonly<Record<string, string>> = { stated_status: 'status' };

  it('are named in every language', async () => {
    const page = await go('#date=2022-05-01');
    const list = await (await page.request.get(`${site.url}api/collections?f=json`)).json();
    const missing: string[] = [];
    let codes = 0;
    for (const { id } of list.collections as { id: string }[]) {
      const schema = await (await page.request.get(`${site.url}api/collections/${id}/schema`)).json();
      for (const [name, property] of Object.entries<CodedProperty>(schema.properties)) {
        for (const code of codesOf(property)) {
          codes++;
          const key = `${name.endsWith('_precision') ? 'precision' : (sameAs[name] ?? name)}.${code}`;
          for (const language of languageCodes) {
            if (!Object.hasOwn(catalogues[language], key)) missing.push(`${language}: ${key} (${id})`);
          }
        }
      }
    }
    expect(missing).toEqual([]);
    expect(codes).toBeGreaterThan(60);
  });
});

interface CodedProperty {
  readonly oneOf?: readonly { readonly const?: string }[];
  readonly enum?: readonly string[];
  readonly items?: CodedProperty;
}

function codesOf({ oneOf = [], enum: values = [], items }: CodedProperty): string[] {
  const own = [...oneOf.flatMap(({ const: code }) => code ?? []), ...values];
  return items ? [...own, ...codesOf(items)] : own;
}
