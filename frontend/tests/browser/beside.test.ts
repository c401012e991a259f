/** The pages beside the map in every language: imports, and the page on which the texts are corrected. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogue as dari } from '../../src/texts.fa';
import { catalogue as russian } from '../../src/texts.ru';
import { catalogue as tajik } from '../../src/texts.tg';
import { desktop, keep, openSite, phone } from './browser';
import { axeSays, foreignWords, narrow, overflowing } from './reading';

// That nobody is signed in is an answer, which the browser logs.
const site = openSite({ allowed: fault => /status of 401|^401: /.test(fault) });
const { open } = site;

const catalogues = { ru: russian, tg: tajik, fa: dari } as const;

describe.each(['ru', 'tg', 'fa'] as const)('in %s', code => {
  it.each([
    ['desktop', desktop],
    ['phone', phone],
    ['320 pixels', narrow],
  ] as const)('the page of imports fits, is in one language and pleases axe: %s', async (name, options) => {
    const page = await open(`maintain?lang=${code}`, options);
    await page.waitForSelector('#key');
    await keep(page, `words-${code}-imports-${name}`.replaceAll(' ', '-'));
    expect(await page.title()).toMatch(/ – Oxus$/);
    expect(await overflowing(page)).toEqual([]);
    expect(await foreignWords(page)).toEqual([]);
    expect(await axeSays(page)).toEqual([]);
    await page.fill('#key', 'not a key');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.trouble:not([hidden])');
    expect(await foreignWords(page)).toEqual([]);
  });

  it('the page of imports keeps the language that is chosen on it', async () => {
    const page = await open('maintain', { ...desktop, locale: 'en-GB' });
    await page.click('.language summary');
    await page.click(`.language-list button[lang^="${code}"]`);
    await page.waitForFunction(asked => document.documentElement.lang.startsWith(asked), code);
    await page.waitForSelector('#key');
    await page.goto(`${site.url}maintain`);
    await page.waitForSelector('#key');
    expect(await page.getAttribute('html', 'lang')).toContain(code);
  });

  it.each([
    ['desktop', desktop],
    ['phone', phone],
  ] as const)('the page of translations takes corrections and makes a file of them: %s', async (name, options) => {
    const page = await open(`translating.html?lang=${code}`, options);
    await page.waitForSelector('.translations');
    await keep(page, `words-${code}-translations-${name}`);
    expect(await overflowing(page)).toEqual([]);
    expect(await axeSays(page)).toEqual([]);
    const row = page.locator('tr', { has: page.locator('code', { hasText: /^load\.failed$/ }) });
    await row.locator('textarea').fill('…');
    expect(await row.locator('.lacks').textContent()).toContain('{reason}');
    const text = `${catalogues[code]['app.map']} {reason}`;
    await row.locator('textarea').fill(text);
    expect(await row.locator('.lacks').textContent()).toBe('');
    const [file] = await Promise.all([page.waitForEvent('download'), page.click('.save-bar button')]);
    expect(file.suggestedFilename()).toBe(`oxus-${code}.json`);
    expect(JSON.parse(readFileSync(await file.path(), 'utf8'))).toEqual({
      language: code,
      allRead: false,
      corrections: [{ catalogue: 'map', key: 'load.failed', text }],
    });
  });
});

describe('in English', () => {
  it('the page of translations leads to the other languages', async () => {
    const page = await open('translating.html?lang=en', desktop);
    await page.click('.language-links [lang="tg"]');
    await page.waitForSelector('.translations');
    expect(await page.getAttribute('html', 'lang')).toBe('tg');
  });
});
