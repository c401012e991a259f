/** What is opened on the map, in each other language: all of it in that language, with its numbers and dates, and with room. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { english } from '../../src/texts.en';
import { catalogue as dari } from '../../src/texts.fa';
import { catalogue as russian } from '../../src/texts.ru';
import { catalogue as tajik } from '../../src/texts.tg';
import { drawn, keep, openSite, phone } from './browser';
import { typeDate } from './dated';
import { axeSays, foreignTexts, foreignWords, overflowing, smallTargets } from './reading';

const site = openSite();
const { go, open } = site;

const catalogues = { en: english, ru: russian, tg: tajik, fa: dari } as const;
type Other = Exclude<keyof typeof catalogues, 'en'>;

/** Names of file formats, which are the same everywhere. */
const formats = 'geojson csv gpkg shp zip kml fgb parquet geojsonseq jsonfg BibTeX'.split(' ');

/** What a reader of the language would stumble over. */
async function stumbles(page: Page, code: Other): Promise<string[]> {
  const own = catalogues[code];
  const others = Object.values(catalogues).filter(one => one !== own);
  const words = (await foreignWords(page)).filter(word => !formats.includes(word));
  return [...words, ...(await foreignTexts(page, own, others)), ...(await overflowing(page))];
}

const around = 'map=7/37.4/70&layers=crossings,bazaars,incidents';

describe.each(['ru', 'tg', 'fa'] as const)('in %s', code => {
  const t = (key: keyof typeof english) => String(catalogues[code][key]);

  it('list, comparison, record of then, search, sharing and charts are in one language and have room', async () => {
    const recorded = new Date(Date.now() - 1000).toISOString().slice(0, 19);
    const page = await go(`#date=2022-05-01&${around}&list=1&compare=2020-05-01&recorded=${recorded}Z&lang=${code}`);
    await page.waitForSelector('.list tbody tr');
    await page.waitForSelector('.compare-list li');
    await page.waitForSelector('.recorded-banner:not([hidden])');
    await page.locator('.recorded summary').click();
    await page.waitForSelector('.recorded-form');
    expect(await page.textContent('.compare h2')).toBe(t('compare.title'));
    expect(await page.textContent('.list h2')).toBe(t('list.title'));
    await keep(page, `translated-${code}`);
    expect(await stumbles(page, code)).toEqual([]);

    await page.locator('.search-input').click();
    await page.keyboard.type('ishk');
    await page.waitForSelector('.search-list [role="option"]');
    // What is found lies over the map, beyond the head that it belongs to.
    expect((await stumbles(page, code)).filter(text => !text.includes('HEADER.brand'))).toEqual([]);
    await page.fill('.search-input', 'zzzz');
    await expect.poll(() => page.textContent('.search-status')).toBe(t('search.none'));
    await page.keyboard.press('Escape');

    await page.locator('.tools button').first().click();
    await page.waitForSelector('.modal-share textarea[aria-label="BibTeX"]');
    expect(await page.textContent('.modal-share h2')).toBe(t('tools.share'));
    await keep(page, `translated-${code}-share`);
    expect(await stumbles(page, code)).toEqual([]);
    await page.keyboard.press('Escape');

    await page.locator('.tools button').nth(1).click();
    await page.locator('.modal-charts table').nth(1).waitFor();
    expect(await page.textContent('.modal-charts h2')).toBe(t('tools.charts'));
    await keep(page, `translated-${code}-charts`);
    expect(await stumbles(page, code)).toEqual([]);
  });

  it('what goes wrong is said in one language, and has room', async () => {
    const page = await go(`#date=2022-05-01&${around}&item=bazaars/nowhere&lang=${code}`, phone);
    await expect.poll(() => page.textContent('.sheet .details')).toBe(t('item.missing'));
    expect(await axeSays(page)).toEqual([]);
    await page.tap('.sheet-close');
    await page.route(/crossings\/items\?/, route => route.abort());
    await typeDate(page, '#as-of', '2022-06-01');
    await page.waitForSelector('.alert button');
    await keep(page, `translated-${code}-alert`);
    expect(await stumbles(page, code)).toEqual([]);
    expect(await smallTargets(page)).toEqual([]);
    expect(await axeSays(page)).toEqual([]);
    site.takeFaults(); // the browser reports the cut, and that there is no such item
  });

  it('an embedded map and incidents to choose from are in one language and have room', async () => {
    const view = 'date=2022-05-01&period=2001-01-01/2026-11-01&map=13/34.53/69.17';
    const page = await open(`embed?lang=${code}&${view}`, phone);
    await drawn(page);
    await page.locator('.embed-legend > details > summary').click();
    await page.locator('.map-mark:has(.cluster-count)').first().focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('.choices button');
    await keep(page, `translated-${code}-embed`);
    expect(await stumbles(page, code)).toEqual([]);
    expect(await smallTargets(page)).toEqual([]);
    expect(await axeSays(page)).toEqual([]);
  });
});

describe('numbers and dates', () => {
  it.each([
    ['ru', 'Снять 1 фильтр', 'Снять 2 фильтра', 'Снять 5 фильтров', '1 мая 2022', 'январь 2000'],
    [
      'tg',
      'Бекор кардани 1 филтр',
      'Бекор кардани 2 филтр',
      'Бекор кардани 5 филтр',
      '1 майи 2022',
      'январи соли 2000',
    ],
    ['fa', 'لغو ۱ فیلتر', 'لغو ۲ فیلتر', 'لغو ۵ فیلتر', '۱ می ۲۰۲۲', 'جنوری ۲۰۰۰'],
  ] as const)('are bent as the language bends them: %s', async (code, one, two, five, day, month) => {
    const page = await go(`#date=2022-05-01&${around}&status=closed&lang=${code}`);
    const said = () => page.textContent('.clear-filters');
    expect(await said()).toBe(one);
    const filterBy = (filters: string) =>
      page.evaluate(to => {
        location.hash = to;
      }, `#date=2022-05-01&${around}&${filters}&lang=${code}`);
    await filterBy('status=closed&category=closure');
    await expect.poll(said).toBe(two);
    await filterBy('status=closed,open,unknown&category=closure,displacement');
    await expect.poll(said).toBe(five);
    expect(await page.textContent('.load-status')).toContain(day);
    // What comes of the months in view leads the histogram back to the month of the date.
    const first = async () => {
      await page.press('.histogram', 'Home');
      return page.getAttribute('.histogram', 'aria-valuetext');
    };
    await expect.poll(first).toContain(month);
  });
});
