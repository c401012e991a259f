import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { sayDate, sayDayTwice } from '../../src/dates';
import { nameIn } from '../../src/feature';
import type { Entries, Entry } from '../../src/language/catalogue';
import { chooseLanguage } from '../../src/language/choose';
import { useLanguage } from '../../src/language/current';
import { dataText, nameNode } from '../../src/language/data-text';
import { places, rivers } from '../../src/language/gazetteer';
import { type LanguageCode, languageCodes, languageOf, languages } from '../../src/language/languages';
import { sayDigits, sayNumber } from '../../src/language/numbers';
import { loadPlaces, placeName, riverName } from '../../src/language/places';
import { speak } from '../../src/language/start';
import { english as importsEnglish } from '../../src/maintain/texts.en';
import * as importsDari from '../../src/maintain/texts.fa';
import * as importsRussian from '../../src/maintain/texts.ru';
import * as importsTajik from '../../src/maintain/texts.tg';
import { sayDistance } from '../../src/quantity';
import { roundedDown } from '../../src/scale';
import { loadTexts, t, unreviewed } from '../../src/texts';
import { english } from '../../src/texts.en';
import * as dari from '../../src/texts.fa';
import * as russian from '../../src/texts.ru';
import * as tajik from '../../src/texts.tg';

interface Catalogue {
  readonly name: string;
  readonly code: LanguageCode;
  readonly entries: Entries;
  readonly source: Entries;
  readonly reviewed: readonly string[];
}

const catalogues: readonly Catalogue[] = [
  { name: 'ru', code: 'ru', entries: russian.catalogue, source: english, reviewed: russian.reviewed },
  { name: 'tg', code: 'tg', entries: tajik.catalogue, source: english, reviewed: tajik.reviewed },
  { name: 'fa', code: 'fa', entries: dari.catalogue, source: english, reviewed: dari.reviewed },
  {
    name: 'ru of imports',
    code: 'ru',
    entries: importsRussian.catalogue,
    source: importsEnglish,
    reviewed: importsRussian.reviewed,
  },
  {
    name: 'tg of imports',
    code: 'tg',
    entries: importsTajik.catalogue,
    source: importsEnglish,
    reviewed: importsTajik.reviewed,
  },
  {
    name: 'fa of imports',
    code: 'fa',
    entries: importsDari.catalogue,
    source: importsEnglish,
    reviewed: importsDari.reviewed,
  },
];

const formsOf = (entry: Entry): string[] => (typeof entry === 'string' ? [entry] : Object.values(entry));
const placeholders = (texts: readonly string[]) => [...new Set(texts.flatMap(text => text.match(/\{\w+\}/g) ?? []))];

/** Words in Latin letters that stay as they are in every language: names, formats and what is typed. */
const latin = new Set(
  (
    'Oxus UTC CASA GeoJSON GeoNames Leaflet Natural Earth ODbL OpenStreetMap CSV KML GeoPackage zip shp dbf prj cpg ' +
    'oxus key add maintainer'
  ).split(' '),
);

/** What is wrong with the letters of a text. */
function wrongLetters(code: LanguageCode, text: string): string[] {
  const bare = text.replace(/\{\w+\}/g, '');
  const foreign = (bare.match(/[A-Za-z]+/g) ?? []).filter(word => !latin.has(word));
  const rules: Readonly<Record<LanguageCode, RegExp>> = {
    en: /[\p{Script=Cyrillic}\p{Script=Arabic}]/gu,
    ru: /[ғӣқӯҳҷҒӢҚӮҲҶ\p{Script=Arabic}]/gu,
    // Letters of Russian that Tajik gave up.
    tg: /[щыцьЩЫЦЬ\p{Script=Arabic}]/gu,
    // Arabic forms of ک, ی and ه, Arabic digits, and digits that are not Dari outside a name.
    fa: /[كيىةۀ٠-٩\p{Script=Cyrillic}]|(?<![A-Za-z]-|\d)\d/gu,
  };
  return [...foreign, ...(bare.match(rules[code]) ?? [])];
}

afterEach(async () => {
  useLanguage('en');
  (await loadTexts('en'))();
  (await loadPlaces('en'))();
});

describe.each(catalogues)('the catalogue $name', ({ code, entries, source, reviewed }) => {
  it('has every key of the English one and none besides, in its order', () => {
    expect(Object.keys(entries)).toEqual(Object.keys(source));
  });

  it('has no empty text', () => {
    expect(Object.keys(entries).filter(key => formsOf(entries[key] ?? '').some(text => text.trim() === ''))).toEqual(
      [],
    );
  });

  it('puts in what the English text puts in', () => {
    for (const [key, entry] of Object.entries(entries)) {
      const wanted = placeholders(formsOf(source[key] ?? ''));
      expect([key, ...placeholders(formsOf(entry)).sort()]).toEqual([key, ...wanted.sort()]);
      // A form for many numbers must say which.
      const many = typeof entry === 'string' ? [] : Object.entries(entry).filter(([f]) => code === 'ru' || f !== 'one');
      for (const [, text] of many) expect([key, text]).toEqual([key, expect.stringContaining('{n}')]);
    }
  });

  it('has the plural forms of its language', () => {
    for (const [key, entry] of Object.entries(entries)) {
      if (typeof entry !== 'string') expect([key, ...Object.keys(entry)]).toEqual([key, ...languages[code].forms]);
    }
  });

  it('is written in its own letters', () => {
    const wrong = Object.entries(entries).flatMap(([key, entry]) =>
      formsOf(entry).flatMap(text => wrongLetters(code, text).map(letters => `${key}: ${letters}`)),
    );
    expect(wrong).toEqual([]);
  });

  it('calls reviewed only what it has, once', () => {
    expect(reviewed.filter(key => !Object.hasOwn(entries, key))).toEqual([]);
    expect(new Set(reviewed).size).toBe(reviewed.length);
  });
});

describe('the letters', () => {
  it.each([
    ['ru', 'ҳолат'],
    ['tg', 'объекты'],
    ['tg', 'статус open'],
    ['fa', 'كتاب'],
    ['fa', 'علي'],
    ['fa', '12 ماه'],
    ['fa', '١٢ ماه'],
    ['en', 'Статус'],
  ] as const)('of %s would not let %j pass', (code, text) => {
    expect(wrongLetters(code, text)).not.toEqual([]);
  });

  it('of Tajik and Dari are in use', () => {
    const all = JSON.stringify(tajik.catalogue);
    for (const letter of 'ғӣқӯҳҷ') expect(all).toContain(letter);
    expect(JSON.stringify(dari.catalogue)).toMatch(/ک.*ی|ی.*ک/);
  });
});

describe('plurals', () => {
  it.each([
    ['en', 'one other other other other'],
    ['ru', 'one few many one many'],
    ['tg', 'one other other other other'],
    ['fa', 'one other other other other'],
  ] as const)('of %s for 1, 3, 5, 21 and 111 are %s', (code, forms) => {
    expect([1, 3, 5, 21, 111].map(languages[code].plural).join(' ')).toBe(forms);
  });

  it.each(languageCodes)('of %s are among its forms, whatever the number', code => {
    const numbers = [...Array(250).keys(), 0.5, 1.5, 2.5, 1e6, 1e6 + 1];
    for (const n of numbers) expect(languages[code].forms).toContain(languages[code].plural(n));
  });

  it('of Russian are chosen in a text', async () => {
    await speakAs('ru');
    const said = [1, 2, 5, 21].map(n => t('panel.count', { n }));
    expect(said).toEqual(['1 объект', '2 объекта', '5 объектов', '21 объект']);
  });
});

describe('numbers and dates', () => {
  it.each([
    ['en', '1,234.5', '1 May 2022', 'May 2022', '2022', '2.5 km'],
    ['ru', '1 234,5', '1 мая 2022', 'май 2022', '2022', '2,5 км'],
    ['tg', '1 234,5', '1 майи 2022', 'майи соли 2022', '2022', '2,5 км'],
    ['fa', '۱٬۲۳۴٫۵', '۱ می ۲۰۲۲', 'می ۲۰۲۲', '۲۰۲۲', '۲٫۵ کیلومتر'],
  ] as const)('in %s are %s and %s', async (code, number, day, month, year, distance) => {
    await speakAs(code);
    expect(plain(sayNumber(1234.5))).toBe(number);
    expect(plain(sayDate('2022-05-01'))).toBe(day);
    expect(plain(sayDate('2022-05-01', 'month'))).toBe(month);
    expect(plain(sayDate('2022-05-01', 'year'))).toBe(year);
    expect(plain(sayDistance(2500))).toBe(distance);
  });

  it('have the Solar Hijri day beside the other in Dari alone', async () => {
    await speakAs('fa');
    expect(plain(sayDayTwice('2022-05-01'))).toBe('۱ می ۲۰۲۲ (۱۱ ثور ۱۴۰۱)');
    expect(plain(sayDayTwice('2025-03-21'))).toBe('۲۱ مارچ ۲۰۲۵ (۱ حمل ۱۴۰۴)');
    await speakAs('tg');
    expect(sayDayTwice('2022-05-01')).toBe('1 майи 2022');
  });

  it('have no group in a year', async () => {
    await speakAs('fa');
    expect(sayDigits('2022')).toBe('۲۰۲۲');
  });

  it('make a scale of 1, 2, 3 or 5 times a power of ten', () => {
    expect([9.9, 10, 250, 4999, 30_001].map(roundedDown)).toEqual([5, 10, 200, 3000, 30_000]);
  });
});

describe('a text from right to left', () => {
  it('isolates what is put into it', async () => {
    await speakAs('fa');
    expect(t('load.failed', { reason: 'bbox: 3 numbers' })).toContain('\u2068bbox: 3 numbers\u2069');
    await speakAs('ru');
    expect(t('load.failed', { reason: 'bbox' })).not.toContain('\u2068');
  });
});

describe('the language', () => {
  it.each([
    ['what the address says', 'tg', 'ru', ['en'], 'tg'],
    ['what was chosen here before', null, 'ru', ['en'], 'ru'],
    ['the browser’s first that the page speaks', null, null, ['uz', 'fa-AF', 'en'], 'fa'],
    ['Dari under its own code', null, null, ['prs'], 'fa'],
    ['English for all others', null, null, ['uz', 'ky'], 'en'],
    ['the browser’s, where what is remembered is nonsense', null, 'xx', ['tg-TJ'], 'tg'],
  ] as const)('is %s', (_, asked, remembered, preferred, chosen) => {
    expect(chooseLanguage(asked, remembered, preferred)).toBe(chosen);
  });

  it('is known by its tag only', () => {
    expect(['EN-gb', 'ru', 'tg-Cyrl-TJ', 'fa', 'tgx', '', null].map(languageOf)).toEqual([
      'en',
      'ru',
      'tg',
      'fa',
      null,
      null,
      null,
    ]);
  });

  it('is that of the document', async () => {
    await speak('fa');
    const { lang, dir } = document.documentElement;
    expect([lang, dir, document.title]).toEqual(['fa-AF', 'rtl', expect.stringContaining('سرحد')]);
    await speak('en');
    expect([document.documentElement.lang, document.documentElement.dir]).toEqual(['en', 'ltr']);
  });

  it('is English, wholly, where a catalogue does not arrive', async () => {
    await speak('ru', [() => Promise.reject(new Error('offline'))]);
    await vi.dynamicImportSettled();
    expect([document.documentElement.lang, t('app.map')]).toEqual(['en', 'Map']);
  });

  it('says how much of it is not reviewed', async () => {
    expect(unreviewed()).toBe(0);
    (await loadTexts('tg'))();
    expect(unreviewed()).toBe(Object.keys(english).length - tajik.reviewed.length);
  });
});

describe('names', () => {
  // An invented feature: what counts is which of its names there are.
  const named = (properties: Record<string, string>) => ({ id: 'invented', geometry: null, properties });
  const all = { name_en: 'A', name_ru: 'Б', name_tg: 'Ҷ', name_fa: 'ک' };

  it.each([
    ['en', all, 'A', 'en'],
    ['ru', all, 'Б', 'ru'],
    ['tg', all, 'Ҷ', 'tg'],
    ['fa', all, 'ک', 'fa'],
    ['ru', { name_en: 'A', name_tg: 'Ҷ' }, 'Ҷ', 'tg'],
    ['tg', { name_en: 'A', name_ru: 'Б' }, 'Б', 'ru'],
    ['fa', { name_en: 'A', name_ru: 'Б' }, 'A', 'en'],
    ['en', { title: 'An event' }, 'An event', null],
    ['en', {}, 'invented', null],
  ] as const)('in %s of %j is %s in %s', (code, properties, text, lang) => {
    useLanguage(code);
    expect(nameIn(named(properties))).toEqual({ text, lang });
  });

  it('and texts of the data are marked with their language', () => {
    useLanguage('fa');
    expect(nameNode(named({ name_en: 'A' })).outerHTML).toBe('<bdi lang="en" dir="ltr">A</bdi>');
    expect(dataText('A bridge').lang).toBe('en');
    expect(dataText('پل').getAttribute('lang')).toBeNull();
    expect(dataText('A bridge').dir).toBe('auto');
    useLanguage('en');
    expect(dataText('A bridge').getAttribute('lang')).toBeNull();
  });
});

async function speakAs(code: LanguageCode): Promise<void> {
  useLanguage(code);
  (await loadTexts(code))();
  (await loadPlaces(code))();
}

/** Without what cannot be seen: isolates, and spaces that do not break. */
function plain(text: string): string {
  return text.replace(/[\u2068\u2069]/g, '').replace(/\u00a0|\u202f/g, ' ');
}

describe('names of places', () => {
  it.each([
    ['ru', 'Кундуз', 'Парачинар', 'Амударья', 'Афганистан'],
    ['tg', 'Қундуз', 'Парачинар', 'Амударё', 'Афғонистон'],
    ['fa', 'قندوز', 'پاراچنار', 'آمو', 'افغانستان'],
    ['en', 'Kondoz', 'Parachinar', 'Amu Darya', 'Afghanistan'],
  ] as const)('in %s', async (code, town, gap, river, country) => {
    await speakAs(code);
    const said = [placeName('Kondoz'), placeName('Parachinar'), riverName('Amu Darya'), placeName('Afghanistan')];
    expect(said).toEqual([town, gap, river, country]);
    expect([placeName('Nowhere'), placeName('constructor')]).toEqual(['Nowhere', 'constructor']);
  });

  it.each([
    ['ru', 0],
    ['tg', 1],
    ['fa', 2],
  ] as const)('of %s are in its letters', (code, at) => {
    const all = [...Object.values(places), ...Object.values(rivers)].flatMap(names => names[at] ?? []);
    expect(all.length).toBeGreaterThan(100);
    expect(all.flatMap(name => wrongLetters(code, name))).toEqual([]);
  });

  it('are those of the basemap and the data', () => {
    const folder = join(import.meta.dirname, '../..');
    const known = ['basemap/central-asia.json', '../data/seed/crossings.csv', '../data/seed/bazaars.csv']
      .map(name => readFileSync(join(folder, name), 'utf8').replace(/ {2,}/g, ' '))
      .join('\n');
    const unknown = [...Object.keys(places), ...Object.keys(rivers)].filter(name => !known.includes(name));
    expect(unknown).toEqual([]);
  });

  it('has every river, and every town that a map of the whole region names, the largest of them also in Dari', () => {
    const { objects } = JSON.parse(readFileSync(join(import.meta.dirname, '../../basemap/central-asia.json'), 'utf8'));
    const named = (layer: 'place' | 'river'): { name?: string; scalerank: number }[] =>
      objects[layer].geometries.map((one: { properties: unknown }) => one.properties);
    const without = (rank: number, at: 0 | 2) =>
      named('place').filter(({ name = '', scalerank }) => scalerank <= rank && (places[name]?.[at] ?? null) === null);
    const nameless = named('river').filter(({ name }) => name && !rivers[name.replace(/ +/g, ' ')]?.[0]);
    expect([...without(6, 0), ...without(3, 2), ...nameless]).toEqual([]);
  });
});
