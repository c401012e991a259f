import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Entries, Entry } from '../../src/language/catalogue';
import { english as importsEnglish } from '../../src/maintain/texts.en';
import * as importsDari from '../../src/maintain/texts.fa';
import * as importsRussian from '../../src/maintain/texts.ru';
import * as importsTajik from '../../src/maintain/texts.tg';
import { english } from '../../src/texts.en';
import * as dari from '../../src/texts.fa';
import * as russian from '../../src/texts.ru';
import * as tajik from '../../src/texts.tg';
import { Corrections, lacking } from '../../src/translating/corrections';

interface Translated {
  readonly catalogue: Entries;
  readonly reviewed: readonly string[];
}

const page = join(import.meta.dirname, '../../../docs/translating.md');
const mark = '## All texts\n';

/** The part of the page that is made from the catalogues. */
function tables(): string {
  return [
    mark,
    'Made by `npm run translating`; ✓ marks what a native speaker has reviewed.\n',
    '### The map\n',
    tableOf(english, [russian, tajik, dari]),
    '\n### The page of imports\n',
    tableOf(importsEnglish, [importsRussian, importsTajik, importsDari]),
    '',
  ].join('\n');
}

function tableOf(source: Entries, translated: readonly Translated[]): string {
  const rows = Object.entries(source).map(([key, entry]) => {
    const cells = translated.map(({ catalogue, reviewed }) => {
      return `${reviewed.includes(key) ? '✓ ' : ''}${cell(catalogue[key] ?? '')}`;
    });
    return `| ${[`\`${key}\``, cell(entry), ...cells].join(' | ')} |`;
  });
  return ['| key | English | Russian | Tajik | Dari |', '|---|---|---|---|---|', ...rows].join('\n');
}

function cell(entry: Entry): string {
  const texts = typeof entry === 'string' ? [entry] : Object.entries(entry).map(([form, text]) => `${form}: ${text}`);
  return texts.map(text => text.replaceAll('|', '\\|')).join('<br>');
}

describe('docs/translating.md', () => {
  it('has every text as it is', () => {
    const text = readFileSync(page, 'utf8');
    const head = text.split(mark)[0] ?? '';
    if (process.env.UPDATE_DOCS) writeFileSync(page, head + tables());
    // After an update the page is read again: what is written is what is held.
    expect(readFileSync(page, 'utf8') === head + tables(), 'run "npm run translating" in frontend').toBe(true);
  });
});

describe('corrections', () => {
  const place = { catalogue: 'map', key: 'panel.count', form: 'few' } as const;

  it('are what differs from what was there', () => {
    const corrections = new Corrections();
    corrections.set(place, '{n} объекта', '{n} пункта ');
    corrections.set({ catalogue: 'map', key: 'app.map', form: '' }, 'Карта', 'План');
    corrections.set({ catalogue: 'map', key: 'app.map', form: '' }, 'Карта', 'Карта');
    expect(corrections.size).toBe(1);
    expect(JSON.parse(corrections.file('ru', false))).toEqual({
      language: 'ru',
      allRead: false,
      corrections: [{ ...place, text: '{n} пункта' }],
    });
  });

  it.each([
    ['Loading {reason}', 'Загрузка', ['{reason}']],
    ['Loading {reason}', '{reason}: загрузка', []],
    [{ one: '{n} feature', other: '{n} features' }, 'объектов', ['{n}']],
    [{ one: 'One question', other: '{n} questions' }, 'Як савол', []],
  ])('of %j to %j lack %j', (source, text, names) => {
    expect(lacking(source, text)).toEqual(names);
  });
});
