/** Names of places, which the data and the basemap have in one romanised form, in the language of the page. */
import { type Key, t } from '../texts';
import { english } from '../texts.en';
import { language } from './current';
import type { Gazetteer } from './gazetteer';
import type { LanguageCode } from './languages';

let places: Gazetteer = {};
let rivers: Gazetteer = {};

/** Fetches the names, which an English page does not need; returns the function that puts them to use. */
export async function loadPlaces(code: LanguageCode): Promise<() => void> {
  const all = code === 'en' ? { places: {}, rivers: {} } : await import('./gazetteer');
  return () => {
    ({ places, rivers } = all);
  };
}

/** A town, district, province or country; one that is not known keeps the name it has. */
export function placeName(name: string): string {
  return named(places, name) ?? countryName(name) ?? name;
}

export function riverName(name: string): string {
  return named(rivers, name) ?? name;
}

function named(gazetteer: Gazetteer, name: string): string | null {
  if (!Object.hasOwn(gazetteer, name)) return null;
  const [ru, tg, fa] = gazetteer[name] ?? [null, null, null];
  // Who reads Tajik in Cyrillic letters reads the Russian name rather than a romanised one.
  return { en: null, ru, tg: tg ?? ru, fa }[language().code];
}

const countryKeys = (Object.keys(english) as Key[]).filter(key => key.startsWith('country.'));

/** Incidents have their country in words. */
function countryName(name: string): string | null {
  const key = countryKeys.find(one => english[one] === name);
  return key === undefined ? null : t(key);
}
