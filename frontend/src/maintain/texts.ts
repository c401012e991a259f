/** The texts of the page of imports: a catalogue of its own, so that the map does not load it. */
import type { Entries } from '../language/catalogue';
import type { LanguageCode } from '../language/languages';
import { fill, label as labelOfMap, type Variables } from '../texts';
import { english } from './texts.en';

export type Key = keyof typeof english;

const others = {
  ru: () => import('./texts.ru'),
  tg: () => import('./texts.tg'),
  fa: () => import('./texts.fa'),
} as const;

let catalogue: Entries = english;

/** Fetches the catalogue of a language; returns the function that takes the texts from it from then on. */
export async function loadTexts(code: LanguageCode): Promise<() => void> {
  const other = code === 'en' ? english : (await others[code]()).catalogue;
  return () => {
    catalogue = other;
  };
}

export function t(key: Key, variables: Variables = {}): string {
  return fill(catalogue[key] ?? key, variables);
}

/** A label for a code of the server, such as state.staged; a code without one stands for itself. */
export function label(group: string, code: string): string {
  const entry = catalogue[`${group}.${code}`];
  return entry === undefined ? code : fill(entry, {});
}

/** What can be imported: a collection is called as on the map. */
export function sayTarget(collection: string): string {
  return catalogue[`target.${collection}`] === undefined
    ? labelOfMap('layer', collection)
    : label('target', collection);
}
