import type { Schema } from '../api';
import type { CollectionId } from '../collections';
import { codeProperty, collections } from '../collections';
import { codeOf, type Feature } from '../feature';
import { categoryOrder } from '../style/category';
import { statusOrder } from '../style/status';
import { label } from '../texts';

export interface CodeCount {
  readonly code: string;
  readonly label: string;
  readonly count: number;
}

/** The codes that occur, in the schema's order, with how often. Codes a schema does not list come last. */
export function countCodes(collection: CollectionId, features: readonly Feature[], schema: Schema | null): CodeCount[] {
  const counts = new Map<string, number>();
  for (const feature of features) counts.set(codeOf(feature), (counts.get(codeOf(feature)) ?? 0) + 1);
  const titles = titlesOf(collection, schema);
  const order = [...titles.keys(), ...counts.keys()];
  const group = codeProperty(collection);
  return [...new Set(order)].flatMap(code => {
    const count = counts.get(code);
    return count === undefined ? [] : [{ code, count, label: label(group, code, titles.get(code)) }];
  });
}

/** The schema's codes and titles; the tables' own order as long as there is no schema. */
function titlesOf(collection: CollectionId, schema: Schema | null): ReadonlyMap<string, string | null> {
  const listed = schema?.properties?.[codeProperty(collection)]?.oneOf ?? [];
  const titles = listed.flatMap(({ const: code, title }): [string, string | null][] =>
    typeof code === 'string' ? [[code, title ?? null]] : [],
  );
  if (titles.length > 0) return new Map(titles);
  const order = collections[collection].drawing === 'incidents' ? categoryOrder : statusOrder;
  return new Map(order.map(code => [code, null]));
}
