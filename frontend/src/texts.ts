/**
 * Every text of the page. A language is one catalogue with the keys of the English one, which the types demand.
 * English comes with the page: it needs no second request, and stands where another catalogue does not arrive. The
 * others are chunks of their own, loaded when chosen. {name} is replaced by the variable of that name; an entry with
 * forms is chosen by the variable n.
 */
import type { Entries, Entry } from './language/catalogue';
import { language } from './language/current';
import type { LanguageCode } from './language/languages';
import { sayNumber } from './language/numbers';
import { english } from './texts.en';

export type { Entry };
export type Key = keyof typeof english;
export type Variables = Readonly<Record<string, string | number>>;

const others = {
  ru: () => import('./texts.ru'),
  tg: () => import('./texts.tg'),
  fa: () => import('./texts.fa'),
} as const;

let catalogue: Entries = english;
let reviewed: readonly Key[] | null = null;

/** Fetches the catalogue of a language; returns the function that takes the texts from it from then on. */
export async function loadTexts(code: LanguageCode): Promise<() => void> {
  const other = code === 'en' ? null : await others[code]();
  return () => {
    catalogue = other?.catalogue ?? english;
    reviewed = other?.reviewed ?? null;
  };
}

/** How many texts of the language no native speaker has reviewed. English is what the others are made from. */
export function unreviewed(): number {
  return reviewed === null ? 0 : Object.keys(english).length - reviewed.length;
}

export function t(key: Key, variables: Variables = {}): string {
  return fill(catalogue[key] ?? key, variables);
}

/**
 * A label for a code of the data, such as status.closed: from the catalogue, else the title the server's schema gives
 * it, else the code itself, made readable. New codes in the data therefore never show as blanks.
 */
export function label(group: string, code: string, title?: string | null): string {
  const entry = catalogue[`${group}.${code}`];
  if (entry !== undefined) return fill(entry, {});
  return title ?? readable(code);
}

/**
 * A cause is one of a few codes or free text; it stands inside a sentence, so it keeps its small letter. That it is
 * none of the few says nothing, and is not said.
 */
export function sayCause(cause: string | null): string | null {
  if (cause === null || cause === 'other' || cause === 'unknown') return null;
  return label('cause', cause, cause.replaceAll('_', ' '));
}

/**
 * Puts variables into an entry of a catalogue. Numbers get the digits of the language; in a text from right to left
 * what runs the other way is isolated, so that a name in Latin letters does not turn its neighbours round. What has
 * no such letters is not: a date that begins with a number would be taken for a text from left to right.
 */
export function fill(entry: Entry, variables: Variables): string {
  const rightToLeft = language().dir === 'rtl';
  return chosen(entry, Number(variables.n)).replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = variables[name];
    if (value === undefined) return whole;
    if (typeof value === 'number') return sayNumber(value);
    return rightToLeft && /[\p{Script=Latin}\p{Script=Cyrillic}]/u.test(value) ? `\u2068${value}\u2069` : value;
  });
}

function chosen(entry: Entry, n: number): string {
  if (typeof entry === 'string') return entry;
  return entry[language().plural(n)] ?? entry.other ?? '';
}

function readable(code: string): string {
  const words = code.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
