/** The rows of facts of each collection, in order. A row without a value is left out. */
import type { CollectionId } from '../collections';
import { sayDate } from '../dates';
import { list, number, type Properties, text } from '../feature';
import { sayDigits } from '../language/numbers';
import { placeName } from '../language/places';
import { sayDistance, sayNumber } from '../quantity';
import { type Key, label, t } from '../texts';

export interface Field {
  readonly key: Key;
  readonly value: (properties: Properties) => string | null;
}

const sides: Field = {
  key: 'field.sides',
  value: p => joined([side(p, 'side_a'), side(p, 'side_b')], ' — '),
};

const crossing: readonly Field[] = [
  sides,
  {
    key: 'field.mode',
    value: p =>
      joined(
        list(p, 'mode').map(code => label('mode', code)),
        t('list.separator'),
      ),
  },
  words('structure'),
  { key: 'field.structure_length_m', value: p => measured(p, 'structure_length_m', sayDistance) },
  { key: 'field.built_year', value: p => measured(p, 'built_year', year => sayDigits(String(year))) },
  words('operator_or_funder'),
  words('market_days'),
  words('parent'),
];

const line: readonly Field[] = [
  { key: 'field.voltage_kv', value: p => measured(p, 'voltage_kv', n => t('unit.kv', { n: sayNumber(n) })) },
  code('current'),
  { key: 'field.circuits', value: p => measured(p, 'circuits', sayNumber) },
  { key: 'field.length_km', value: p => measured(p, 'length_km', n => t('distance.kilometres', { n: sayNumber(n) })) },
  words('length_scope'),
  capacity(),
  { key: 'field.route', value: p => joined([country(p, 'from_country'), country(p, 'to_country')], ' → ') },
  date('commissioned'),
  date('planned'),
];

const facility: readonly Field[] = [
  code('kind'),
  { key: 'field.place', value: p => joined([place(p, 'admin1'), country(p, 'country')], t('list.separator')) },
  capacity(),
  date('commissioned'),
  { key: 'field.stated_status', value: p => coded('status', text(p, 'stated_status')) },
];

export const fields: Readonly<Record<Exclude<CollectionId, 'incidents'>, readonly Field[]>> = {
  crossings: crossing,
  bazaars: crossing,
  'transmission-lines': line,
  'casa-1000': line,
  'power-facilities': facility,
};

function words(name: 'structure' | 'operator_or_funder' | 'market_days' | 'parent' | 'length_scope'): Field {
  return { key: `field.${name}`, value: p => text(p, name) };
}

function code(name: 'current' | 'kind'): Field {
  return { key: `field.${name}`, value: p => coded(name, text(p, name)) };
}

/** A partial date keeps its own precision: 2025-03 is March 2025. Text that is no date stays as it is. */
function date(name: 'commissioned' | 'planned'): Field {
  return { key: `field.${name}`, value: p => partialDate(text(p, name)) };
}

function partialDate(value: string | null): string | null {
  return value !== null && /^\d{4}(-\d{2}){0,2}$/.test(value) ? sayDate(value) : value;
}

function capacity(): Field {
  return { key: 'field.capacity_mw', value: p => measured(p, 'capacity_mw', n => t('unit.mw', { n: sayNumber(n) })) };
}

function measured(properties: Properties, name: string, say: (value: number) => string): string | null {
  const value = number(properties, name);
  return value === null ? null : say(value);
}

function coded(group: string, value: string | null): string | null {
  return value === null ? null : label(group, value);
}

function country(properties: Properties, name: string): string | null {
  return coded('country', text(properties, name));
}

function place(properties: Properties, name: string): string | null {
  const value = text(properties, name);
  return value === null ? null : placeName(value);
}

function side(properties: Properties, prefix: string): string | null {
  const parts = [
    place(properties, `${prefix}_admin2`),
    place(properties, `${prefix}_admin1`),
    country(properties, `${prefix}_country`),
  ];
  return joined(parts, t('list.separator'));
}

function joined(parts: readonly (string | null)[], separator: string): string | null {
  // Where a province and its chief town share a name, it is said once.
  const known = parts.filter((part, index) => part !== null && part !== parts[index - 1]);
  return known.length > 0 ? known.join(separator) : null;
}
