import { button, element } from '../dom';
import { type Match, type Preview, unused } from './imports';
import { table } from './table';
import { label, t } from './texts';

export interface Mapper {
  /** Checks again with what the fields fill now. */
  readonly use: (fields: Readonly<Record<string, string>>) => void;
  readonly save: (name: string, fields: Readonly<Record<string, string>>) => void;
  readonly refuse: (text: string) => void;
}

const nameRule = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** Which field fills which property. properties is empty while they are not known, mapper null where nothing can be changed. */
export function mappingTable(
  { matches, ignored }: Preview,
  properties: readonly string[],
  mapper: Mapper | null,
): readonly HTMLElement[] {
  if (matches.length + ignored.length === 0) return [];
  const editable = mapper !== null && properties.length > 0;
  const selects = new Map<string, HTMLSelectElement>();
  const cell = (field: string, property: string) => {
    if (!editable) return property || t('mapping.unused');
    const select = choice(field, property, properties);
    selects.set(field, select);
    return select;
  };
  const rows = [
    ...matches.map(({ field, property, by, sample }) => [field, cell(field, property), label('by', by), said(sample)]),
    ...ignored.map(unused).map(({ field, reason }) => [field, cell(field, ''), reason, null]),
  ];
  const title = t('mapping.title');
  const heads = [t('mapping.field'), t('mapping.property'), t('mapping.how'), t('mapping.sample')];
  return [
    element('h3', {}, title),
    table(title, heads, rows),
    ...(editable ? [controls(() => filled(selects), mapper)] : []),
  ];
}

function said(sample: Match['sample']): HTMLElement | null {
  return sample ? element('span', { class: 'sample', dir: 'auto' }, sample) : null;
}

function choice(field: string, property: string, properties: readonly string[]): HTMLSelectElement {
  const names = [...new Set(['', property, ...properties])];
  const options = names.map(name =>
    element('option', { value: name, selected: name === property }, name || t('mapping.unused')),
  );
  return element('select', { 'aria-label': t('mapping.propertyOf', { field }) }, ...options);
}

function controls(fields: () => Record<string, string>, mapper: Mapper): HTMLElement {
  const name = element('input', { id: 'mapping-name', type: 'text', autocomplete: 'off' });
  const checked = (then: (fields: Readonly<Record<string, string>>) => void) => () => {
    const all = fields();
    const twice = twiceFilled(all);
    if (twice === null) then(all);
    else mapper.refuse(t('mapping.twice', { property: twice }));
  };
  const save = checked(all => {
    if (nameRule.test(name.value)) return mapper.save(name.value, all);
    mapper.refuse(t('mapping.badName'));
    name.focus();
  });
  return element(
    'div',
    { class: 'mapping-controls' },
    button({}, checked(mapper.use), t('mapping.use')),
    element('label', { for: 'mapping-name' }, t('mapping.name')),
    name,
    button({}, save, t('mapping.save')),
  );
}

/** What each field fills; '' says that it fills nothing, so that no guess comes back. */
function filled(selects: ReadonlyMap<string, HTMLSelectElement>): Record<string, string> {
  return Object.fromEntries([...selects].map(([field, { value }]) => [field, value] as const));
}

/** A property that two fields fill, null where there is none. */
export function twiceFilled(fields: Readonly<Record<string, string>>): string | null {
  const properties = Object.values(fields).filter(property => property !== '');
  return properties.find((property, index) => properties.indexOf(property) !== index) ?? null;
}
