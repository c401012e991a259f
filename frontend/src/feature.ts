import type { Geometry, Point } from 'geojson';
import type { CollectionId } from './collections';
import { language } from './language/current';
import type { LanguageCode } from './language/languages';

export type Precision = 'day' | 'month' | 'year';
export type EndBasis = 'ended' | 'last_documented' | 'ongoing' | 'unknown';

/** What a server answers is not trusted to have the shape it should: read properties through the functions below. */
export type Properties = Readonly<Record<string, unknown>>;

export interface Feature {
  readonly id: string;
  readonly geometry: Geometry | null;
  readonly properties: Properties;
}

export interface Source {
  readonly id: string;
  readonly publisher: string | null;
  readonly title: string | null;
  readonly url: string | null;
  readonly published: string | null;
  readonly accessed: string | null;
}

export interface StatusPeriod {
  readonly kind: 'phase' | 'disruption' | 'milestone';
  readonly status: string | null;
  readonly from: string;
  readonly from_precision: Precision;
  readonly to: string | null;
  readonly to_precision?: Precision | null;
  readonly end_basis: EndBasis | null;
  readonly cause: string | null;
  readonly summary: string | null;
  readonly sources: readonly string[];
  readonly scope: 'feature' | 'project';
}

export interface Item extends Feature {
  readonly statusHistory: readonly StatusPeriod[];
  readonly sources: readonly Source[];
}

/** Where a feature is found: enough to fetch it, and to write it in an address. */
export interface ItemKey {
  readonly collection: CollectionId;
  readonly id: string;
}

export function sameKey(a: ItemKey | null, b: ItemKey | null): boolean {
  return a?.collection === b?.collection && a?.id === b?.id;
}

export function text(properties: Properties, name: string): string | null {
  const value = properties[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

export function number(properties: Properties, name: string): number | null {
  const value = properties[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

export function list(properties: Properties, name: string): string[] {
  const value = properties[name];
  return Array.isArray(value) ? value.filter(entry => typeof entry === 'string' && entry !== '') : [];
}

export interface Name {
  readonly text: string;
  /** The language it is in; null where the data do not say. */
  readonly lang: LanguageCode | null;
}

/**
 * In which order names are looked for: the reader's language, then the nearest one can read. Russian and Tajik share
 * their letters, and the English name is what is always there.
 */
const order: Readonly<Record<LanguageCode, readonly LanguageCode[]>> = {
  en: ['en'],
  ru: ['ru', 'tg', 'en'],
  tg: ['tg', 'ru', 'en'],
  fa: ['fa', 'en'],
};

/** The properties that a name in the language of the page is looked for in. */
export function nameProperties(): string[] {
  return order[language().code].map(lang => `name_${lang}`);
}

/** The name of a feature in the language of the page, or in the next best. */
export function nameIn({ id, properties }: Feature): Name {
  for (const lang of order[language().code]) {
    const name = text(properties, `name_${lang}`);
    if (name !== null) return { text: name, lang };
  }
  return { text: text(properties, 'title') ?? id, lang: null };
}

export function nameOf(feature: Feature): string {
  return nameIn(feature).text;
}

/** The code a feature is coloured by. A feature without one is unknown, never open. */
export function codeOf(feature: Feature): string {
  return text(feature.properties, 'category') ?? text(feature.properties, 'status') ?? 'unknown';
}

export function pointOf(feature: Feature): Point | null {
  return feature.geometry?.type === 'Point' ? feature.geometry : null;
}
