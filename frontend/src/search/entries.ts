/** What can be found: every feature of every collection, whenever it was there, under all its names. */
import type { Geometry } from 'geojson';
import { type CollectionId, collectionIds } from '../collections';
import { codeOf, type Feature, type ItemKey, list, nameOf, type Properties, text } from '../feature';
import { countryNames } from './countries';
import { fold, frameOf } from './fold';

/** One name of an entry as it is written, and as it is compared. */
export interface Name {
  readonly written: string;
  readonly folded: string;
  /** The words of the folded name. */
  readonly words: readonly string[];
  /** The frame of each word, and of all without gaps: Исломқалъа is one word, Islam Qala two. */
  readonly frames: readonly string[];
  readonly frame: string;
}

export interface Entry {
  readonly key: ItemKey;
  readonly code: string;
  /** The name it is listed under. */
  readonly title: string;
  /** Its title, then its names in other languages, then its aliases and its id. */
  readonly names: readonly Name[];
  readonly countries: readonly string[];
  readonly geometry: Geometry | null;
  readonly properties: Properties;
}

/** The properties a question for names asks for; those a collection does not have are left out. */
const shared = ['valid_from', 'valid_from_precision', 'valid_to', 'valid_to_precision'];
const languages = ['name_en', 'name_tg', 'name_ru', 'name_fa'];
const sides = [...languages, 'alt_names', 'side_a_country', 'side_b_country', ...shared];
const route = [...languages, 'from_country', 'to_country', ...shared];

export const nameProperties: Readonly<Record<CollectionId, readonly string[]>> = {
  crossings: sides,
  bazaars: sides,
  'transmission-lines': route,
  'casa-1000': route,
  'power-facilities': [...languages, 'country', ...shared],
  incidents: [
    'title',
    'category',
    'place_name',
    'country',
    'start_date',
    'start_precision',
    'end_date',
    'end_precision',
  ],
};

const countryProperties = ['country', 'side_a_country', 'side_b_country', 'from_country', 'to_country'];

const codeOfCountry = new Map(
  Object.entries(countryNames).flatMap(([code, names]) => names.map((name): [string, string] => [fold(name), code])),
);

export function entriesOf(answers: ReadonlyMap<CollectionId, readonly Feature[]>): Entry[] {
  return collectionIds.flatMap(id => (answers.get(id) ?? []).map(feature => entryOf(id, feature)));
}

export function entryOf(collection: CollectionId, feature: Feature): Entry {
  const { properties, geometry, id } = feature;
  const written = [
    nameOf(feature),
    ...languages.map(name => text(properties, name)),
    ...list(properties, 'alt_names'),
    text(properties, 'place_name'),
    id,
  ].filter(name => name !== null);
  return {
    key: { collection, id },
    code: codeOf(feature),
    title: nameOf(feature),
    names: [...new Set(written)].map(nameAs),
    countries: countriesOf(properties),
    geometry,
    properties,
  };
}

export function nameAs(written: string): Name {
  const folded = fold(written);
  const words = folded.split(' ').filter(word => word !== '');
  const frames = words.map(frameOf);
  return { written, folded, words, frames, frame: frames.join('') };
}

/** The codes of the countries an item lies in or between; incidents name theirs in words. */
export function countriesOf(properties: Properties): string[] {
  const named = countryProperties.map(name => text(properties, name)).filter(name => name !== null);
  return [...new Set(named.map(name => codeOfCountry.get(fold(name)) ?? name))];
}
