/** The languages of the page, and how each counts. */
import type { Form } from './catalogue';

export interface Language {
  readonly code: LanguageCode;
  /** What it calls itself. */
  readonly name: string;
  /** For lang attributes. */
  readonly tag: string;
  readonly dir: 'ltr' | 'rtl';
  /** The forms of its plurals, all of which a text with a number must have. */
  readonly forms: readonly Form[];
  readonly plural: (n: number) => Form;
  readonly number: Intl.NumberFormat;
}

export const languageCodes = ['en', 'ru', 'tg', 'fa'] as const;
export type LanguageCode = (typeof languageCodes)[number];

const russian = new Intl.PluralRules('ru');
const dari = new Intl.PluralRules('fa-AF');

const numbers = (tag: string) => new Intl.NumberFormat(tag, { maximumFractionDigits: 2 });

export const languages: Readonly<Record<LanguageCode, Language>> = {
  en: {
    code: 'en',
    name: 'English',
    tag: 'en',
    dir: 'ltr',
    forms: ['one', 'other'],
    plural: n => (n === 1 ? 'one' : 'other'),
    number: numbers('en'),
  },
  ru: {
    code: 'ru',
    name: 'Русский',
    tag: 'ru',
    dir: 'ltr',
    forms: ['one', 'few', 'many'],
    // A fraction takes the form of 2 to 4: 1,5 объекта.
    plural: n => (Number.isInteger(n) ? russian.select(n) : 'few'),
    number: numbers('ru'),
  },
  tg: {
    code: 'tg',
    name: 'Тоҷикӣ',
    tag: 'tg',
    dir: 'ltr',
    forms: ['one', 'other'],
    // Browsers know no Tajik and would answer in English: the rule is written out, and numbers are
    // written as in Russian, with a comma and a space that does not break.
    plural: n => (n === 1 ? 'one' : 'other'),
    number: numbers('ru'),
  },
  fa: {
    code: 'fa',
    name: 'دری',
    tag: 'fa-AF',
    dir: 'rtl',
    forms: ['one', 'other'],
    plural: n => dari.select(n),
    number: numbers('fa-AF-u-nu-arabext'),
  },
};

/** The language a tag stands for, such as that of a browser; null for one the page does not speak. */
export function languageOf(tag: string | null | undefined): LanguageCode | null {
  const [primary = ''] = (tag ?? '').toLowerCase().split('-');
  if (primary === 'prs') return 'fa';
  return languageCodes.find(code => code === primary) ?? null;
}
