/** What an address holds, what is said of one that cannot be taken, and the fields in which dates are typed. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { keep, openSite, phone } from './browser';
import { hashHas, typeDate } from './dated';
import { axeSays, narrow, overflowing, smallTargets } from './reading';

const site = openSite();
const { go } = site;

const hashOf = (page: Page) => new URL(page.url()).hash;
const goTo = (page: Page, hash: string) =>
  page.evaluate(asked => {
    location.hash = asked;
  }, hash);
const pressed = (page: Page, selector: string) => page.getAttribute(selector, 'aria-pressed');

describe('the address', () => {
  it('brings another reader to all that was chosen', async () => {
    // Of before the page was opened nothing would be recorded here.
    const recorded = `${new Date().toISOString().slice(0, 19)}Z`;
    const hash =
      '#map=8/37.2/71.2&date=2022-05-01&period=2021-01-01/2021-12-31&years=5&step=change&pace=fast' +
      '&layers=crossings,bazaars,incidents&status=closed&category=closure,reopening&item=bazaars/ishkoshim-bazaar' +
      '&within=50000&list=1&sortby=-since&charts=2020-01-01/2021-12-31&compare=2023-10-01' +
      `&recorded=${recorded}&lang=ru`;
    const page = await go(hash);
    await page.waitForSelector('.modal-charts #closed-from');
    await page.waitForSelector('.compare #compare-date');
    await page.waitForSelector('.list [data-column="since"][aria-sort="descending"]');
    // The map has moved what is open out from under the panels.
    const chosen = (address: string) => address.replace(/map=[^&]+/, '');
    expect(chosen(hashOf(page))).toBe(chosen(hash));
    expect(await page.inputValue('#as-of')).toBe('01.05.2022');
    expect(await page.inputValue('#period-from')).toBe('01.01.2021');
    expect(await page.inputValue('#period-to')).toBe('31.12.2021');
    expect(await page.inputValue('#time-zoom')).toBe('five');
    expect(await page.inputValue('#time-stride')).toBe('change');
    expect(await page.inputValue('#time-pace')).toBe('fast');
    expect(await page.inputValue('#closed-to')).toBe('31.12.2021');
    expect(await page.inputValue('#compare-date')).toBe('01.10.2023');
    expect(await page.isChecked('[data-collection="casa-1000"] input')).toBe(false);
    expect(await page.isChecked('[data-collection="incidents"] input')).toBe(true);
    expect(await page.isVisible('.recorded-banner')).toBe(true);
    expect(await page.getAttribute('html', 'lang')).toBe('ru');
    expect(await page.isVisible('.address-note')).toBe(false);
  });

  it('has filters and the radius of what is near, and goes back by one choice at a time', async () => {
    const page = await go('#date=2022-05-01&status=closed&item=bazaars/ishkoshim-bazaar&within=50000&list=1');
    const radius = '.near-radius select';
    await expect.poll(() => page.inputValue(radius)).toBe('50000');
    expect(await pressed(page, '[data-collection="bazaars"] [data-code="closed"] button')).toBe('true');
    const choices: (readonly [string, () => Promise<unknown>])[] = [
      ['within=10000', () => page.selectOption(radius, '10000')],
      ['sortby=country', () => page.click('[data-column="country"] button')],
      ['step=change', () => page.selectOption('#time-stride', 'change')],
      ['pace=slow', () => page.selectOption('#time-pace', 'slow')],
      ['charts=2021-05-02/2022-05-01', () => page.getByRole('button', { name: 'Charts', exact: true }).click()],
    ];
    const before: string[] = [];
    for (const [field, choose] of choices) {
      before.push(hashOf(page));
      await choose();
      await hashHas(page, field);
    }
    // What is chosen again at once is no step of its own.
    await typeDate(page, '#closed-from', '1 May 2020');
    await hashHas(page, 'charts=2020-05-01/2022-05-01');
    for (const hash of before.reverse()) {
      await page.goBack();
      await expect.poll(() => hashOf(page)).toBe(hash);
    }
    await expect.poll(() => page.locator('.modal-charts').count()).toBe(0);
    await expect.poll(() => page.inputValue(radius)).toBe('50000');
    expect(await page.getAttribute('[data-column="name"]', 'aria-sort')).toBe('ascending');
    expect(await page.inputValue('#time-pace')).toBe('normal');
    expect(await page.inputValue('#time-stride')).toBe('month');
    // The dialog ends with its button, too, and the address with it.
    await page.goForward();
    await page.getByRole('button', { name: 'Charts', exact: true }).click();
    await hashHas(page, 'charts=');
    await page.locator('.modal-charts .sheet-close').click();
    await expect.poll(() => hashOf(page)).not.toContain('charts=');
  });

  it('leads to the last of two views that follow each other faster than the map zooms', async () => {
    const page = await go('#date=2022-05-01&layers=&map=6/37.5/67');
    await page.$eval(
      '.leaflet-map-pane',
      pane =>
        new Promise<void>(sent => {
          new MutationObserver((_, watching) => {
            if (!pane.classList.contains('leaflet-zoom-anim')) return;
            watching.disconnect();
            location.hash = 'date=2022-05-01&layers=&map=7/38/69';
            sent();
          }).observe(pane, { attributeFilter: ['class'] });
          location.hash = 'date=2022-05-01&layers=&map=8/37.5/67';
        }),
    );
    await page.waitForSelector('.leaflet-zoom-anim', { state: 'detached' });
    await hashHas(page, 'map=7/38/69');
  });

  it('says what of it cannot be taken, then and when another is typed, clear of what else is said', async () => {
    const page = await go('#date=2022-02-31&layers=crossings,rivers&foo=1', phone);
    const note = page.locator('.address-note');
    await page.route(/crossings\/items\?/, route => route.abort());
    await typeDate(page, '#as-of', '2022-06-01');
    await page.waitForSelector('.alert button');
    site.takeFaults(); // the browser reports the cut
    const [above, below] = await Promise.all([note, page.locator('.alert')].map(part => part.boundingBox()));
    expect(below?.y).toBeGreaterThanOrEqual((above?.y ?? 0) + (above?.height ?? 0));
    await page.unroute(/crossings\/items\?/);
    expect(await note.textContent()).toContain('date=2022-02-31, layers=crossings,rivers, foo=1');
    await keep(page, 'address-note');
    expect(await axeSays(page)).toEqual([]);
    await note.getByRole('button').click();
    expect(await note.isVisible()).toBe(false);
    await goTo(page, '#date=2022-05-01&compare=1999-01-01');
    await expect.poll(() => note.textContent()).toContain('compare=1999-01-01');
    await goTo(page, '#date=2022-05-01');
    await expect.poll(() => note.isVisible()).toBe(false);
    const framed = await site.open('embed?date=2022-13-01&layers=crossings');
    await expect.poll(() => framed.locator('.address-note').textContent()).toContain('date=2022-13-01');
  });
});

describe('a typed date', () => {
  it.each([
    ['en', '2022-05-01', '2 June 2021', '2021-06-02', '5/1/2022'],
    ['ru', '01.05.2022', '2 июня 2021 г.', '02.06.2021', '31 июня 2021'],
    ['tg', '01.05.2022', '2 июни 2021', '02.06.2021', '31 июни 2021'],
    ['fa', '۲۰۲۲/۰۵/۰۱', '۱۲ جوزا ۱۴۰۰', '۲۰۲۱/۰۶/۰۲', '۳۲ جوزا ۱۴۰۰'],
  ])('is written and read in the language of the page: %s', async (code, shown, typed, read, none) => {
    const page = await go(`#date=2022-05-01&lang=${code}`, narrow);
    expect(await page.inputValue('#as-of')).toBe(shown);
    await typeDate(page, '#as-of', typed);
    await hashHas(page, 'date=2021-06-02');
    expect(await page.inputValue('#as-of')).toBe(read);
    // All of it is seen, at 320 pixels too.
    expect(await page.$eval('#as-of', node => node.scrollWidth - node.clientWidth)).toBe(0);
    await typeDate(page, '#as-of', none);
    const trouble = page.locator('#as-of-trouble');
    expect(await trouble.textContent()).toContain(none);
    expect(await page.getAttribute('#as-of', 'aria-invalid')).toBe('true');
    await keep(page, `date-refused-${code}`);
    expect(await overflowing(page)).toEqual([]);
    expect(await axeSays(page)).toEqual([]);
    await page.press('#as-of', 'Escape');
    expect(await trouble.isVisible()).toBe(false);
    expect(await page.inputValue('#as-of')).toBe(read);
    expect(hashOf(page)).toContain('date=2021-06-02');
  });

  it('can be picked from the calendar of the browser', async () => {
    const page = await go('#date=2022-05-01', phone);
    await page.evaluate(() => {
      HTMLInputElement.prototype.showPicker = function () {
        document.documentElement.dataset.picked = `${this.value} ${this.min} ${this.max >= '2026-11-01'}`;
      };
    });
    await page.getByRole('button', { name: 'As of: pick a day' }).tap();
    expect(await page.getAttribute('html', 'data-picked')).toBe('2022-05-01 2000-01-01 true');
    await page.$eval('.timebar .date-box input[type="date"]', (node: HTMLInputElement) => {
      node.value = '2023-10-01';
      node.dispatchEvent(new Event('change'));
    });
    await hashHas(page, 'date=2023-10-01');
    expect(await page.inputValue('#as-of')).toBe('2023-10-01');
    expect(await smallTargets(page)).toEqual([]);
  });
});
