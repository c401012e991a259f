/**
 * Which features a reader wants to see, beside the date: lists of codes by facet. An empty list asks nothing; a feature
 * passes when each facet that speaks of its collection has one of its codes. Nothing here touches the page.
 */
import { type CollectionId, codeProperty, collections } from '../collections';
import { codeOf, type Feature, number, text } from '../feature';
import { mapProperties } from '../properties';
import { statusOrder } from '../style/status';
import { voltageClasses, voltageClassOf, voltageSpan } from '../style/voltage';

export const facets = ['status', 'category', 'voltage', 'country', 'confidence'] as const;
export type Facet = (typeof facets)[number];
export type Filters = Readonly<Record<Facet, readonly string[]>>;

export const noFilters: Filters = { status: [], category: [], voltage: [], country: [], confidence: [] };

const unknown = 'unknown';

/** Countries as incidents write them; places have the codes of ISO 3166-1 alpha-2. Others keep their name as their code. */
const countryNames: Readonly<Record<string, string>> = {
  AF: 'Afghanistan',
  AT: 'Austria',
  BE: 'Belgium',
  CN: 'China',
  DE: 'Germany',
  FR: 'France',
  IN: 'India',
  IR: 'Iran',
  KG: 'Kyrgyzstan',
  KZ: 'Kazakhstan',
  NL: 'Netherlands',
  PK: 'Pakistan',
  RU: 'Russia',
  TJ: 'Tajikistan',
  TM: 'Turkmenistan',
  TR: 'Turkey',
  US: 'United States',
  UZ: 'Uzbekistan',
};
const countryCodes = new Map(Object.entries(countryNames).map(([code, name]) => [name, code]));

const countryProperties = ['side_a_country', 'side_b_country', 'from_country', 'to_country', 'country'] as const;

/** The facets that tell features of a collection apart, the one of its legend first. */
export function facetsOf(collection: CollectionId): Facet[] {
  const { drawing } = collections[collection];
  const more: Record<typeof drawing, Facet[]> = {
    points: ['country'],
    lines: ['voltage', 'country'],
    incidents: ['confidence', 'country'],
  };
  return [codeProperty(collection), ...more[drawing]];
}

/** The codes of a feature in a facet; what is not known is a code of its own. */
export function codesIn(facet: Facet, feature: Feature): string[] {
  const { properties } = feature;
  if (facet === 'status' || facet === 'category') return [codeOf(feature)];
  if (facet === 'voltage') return [voltageClassOf(number(properties, 'voltage_kv'))];
  if (facet === 'confidence') return [text(properties, 'confidence') ?? unknown];
  const found = countryProperties.flatMap(name => text(properties, name) ?? []).map(countryCode);
  return found.length > 0 ? [...new Set(found)] : [unknown];
}

/** The code that a country is filtered by, from its name or its code. */
export function countryCode(country: string): string {
  return countryCodes.get(country) ?? country;
}

export function passes(filters: Filters, collection: CollectionId, feature: Feature): boolean {
  return facetsOf(collection).every(facet => has(filters[facet], codesIn(facet, feature)));
}

/** As passes, but for one facet: what the other facets leave, for that facet's own legend. */
export function passesOthers(filters: Filters, facet: Facet, collection: CollectionId, feature: Feature): boolean {
  return passes({ ...filters, [facet]: [] }, collection, feature);
}

function has(asked: readonly string[], codes: readonly string[]): boolean {
  return asked.length === 0 || codes.some(code => asked.includes(code));
}

/** Adds a code that is not in its facet's list, and takes away one that is. */
export function toggled(filters: Filters, facet: Facet, code: string): Filters {
  const list = filters[facet];
  const changed = list.includes(code) ? list.filter(other => other !== code) : [...list, code];
  return { ...filters, [facet]: changed.sort() };
}

export function countSet(filters: Filters): number {
  return facets.reduce((sum, facet) => sum + filters[facet].length, 0);
}

/** The same question to the server, in CQL2; null when nothing is asked. without leaves one facet out. */
export function serverFilter(collection: CollectionId, filters: Filters, without: Facet | null = null): string | null {
  const asked = facetsOf(collection).filter(facet => facet !== without && filters[facet].length > 0);
  return asked.length === 0 ? null : asked.map(facet => asks(collection, facet, filters[facet])).join(' AND ');
}

function asks(collection: CollectionId, facet: Facet, codes: readonly string[]): string {
  // A status that is not known is a status of its own.
  if (facet === 'status') return `(status IN (${quoted(codes)}))`;
  if (facet === 'voltage') return anyOf(codes.map(voltageAsked));
  if (facet !== 'country') return oneOf([facet], codes);
  if (collection === 'incidents') {
    return oneOf(
      ['country'],
      codes.map(code => countryNames[code] ?? code),
    );
  }
  return oneOf(countriesIn(collection), codes);
}

/** The properties of a collection that name a country. */
export function countriesIn(collection: CollectionId): string[] {
  return countryProperties.filter(name => mapProperties[collection].includes(name));
}

function voltageAsked(code: string): string {
  const [from, below] = voltageSpan(code);
  if (from === null) return 'voltage_kv IS NULL';
  return below === null ? `voltage_kv >= ${from}` : `(voltage_kv >= ${from} AND voltage_kv < ${below})`;
}

/** Whether one of the properties has one of the codes; it is unknown where none of them has any. */
function oneOf(properties: readonly string[], codes: readonly string[]): string {
  const known = codes.filter(code => code !== unknown);
  const none = properties.map(name => `${name} IS NULL`).join(' AND ');
  return anyOf([
    ...(known.length > 0 ? properties.map(name => `${name} IN (${quoted(known)})`) : []),
    ...(codes.includes(unknown) ? [properties.length > 1 ? `(${none})` : none] : []),
  ]);
}

function quoted(codes: readonly string[]): string {
  return codes.map(code => `'${code.replaceAll("'", "''")}'`).join(',');
}

function anyOf(parts: readonly string[]): string {
  return `(${parts.join(' OR ')})`;
}

const mostCodes = 20;
const codePattern = /^[\p{L}\p{N}_][\p{L}\p{N}_ .'-]{0,59}$/u;

/** The codes of facets that have no others: the server takes no other status, and the classes of voltage are the page's. */
const onlyCodes: Readonly<Partial<Record<Facet, readonly string[]>>> = {
  status: statusOrder,
  voltage: [...voltageClasses.map(({ code }) => code), unknown],
};

/** The codes in a list of the address that a facet can have: whether another code occurs, only the data can tell. */
export function readCodes(facet: Facet, list: string): string[] {
  const codes = splitCodes(list).filter(code => codePattern.test(code) && (onlyCodes[facet]?.includes(code) ?? true));
  return [...new Set(codes)].slice(0, mostCodes).sort();
}

export function splitCodes(list: string): string[] {
  return list
    .split(',')
    .filter(code => code !== '')
    .map(code => {
      try {
        return decodeURIComponent(code);
      } catch {
        return code; // a cut percent sign, which no code has
      }
    });
}
