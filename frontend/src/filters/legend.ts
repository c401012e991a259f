/** What the legend of a layer says of one facet: its codes, and how many of each the filters leave. */
import type { Answer, Schema } from '../api';
import type { CollectionId } from '../collections';
import type { Counts } from '../crowd/counts';
import { categoryOrder } from '../style/category';
import { statusOrder } from '../style/status';
import { voltageClasses } from '../style/voltage';
import { label } from '../texts';
import { codesIn, type Facet, type Filters, passes, passesOthers } from './filter';

export interface LegendRow {
  readonly code: string;
  readonly label: string;
  /** How many the date leaves under the filters of the other facets. */
  readonly all: number;
  /** How many are left by all filters. */
  readonly left: number;
  readonly chosen: boolean;
}

const orders: Readonly<Record<Facet, readonly string[]>> = {
  status: statusOrder,
  category: categoryOrder,
  voltage: voltageClasses.map(({ code }) => code),
  country: [],
  confidence: ['confirmed', 'claimed', 'disputed'],
};

/** The codes that occur or are chosen, in the schema's order; codes that no list has come last. */
export function legendRows(
  collection: CollectionId,
  facet: Facet,
  answer: Answer,
  filters: Filters,
  schema: Schema | null,
): LegendRow[] {
  const { all, left } = answer.crowd
    ? (answer.crowd.counts[facet] ?? { all: new Map<string, number>(), left: new Map<string, number>() })
    : featureCounts(collection, facet, answer, filters);
  const titles = titlesOf(facet, schema);
  const order = titles.size > 0 ? [...titles.keys()] : orders[facet];
  const codes = new Set([...order, ...[...all.keys(), ...filters[facet]].sort()]);
  return [...codes].flatMap(code => {
    const chosen = filters[facet].includes(code);
    const count = all.get(code) ?? 0;
    // What is chosen stays, to be taken back, unless it is a code that only other collections have.
    if (count === 0 && !(chosen && (titles.size === 0 || titles.has(code)))) return [];
    return [{ code, label: label(facet, code, titles.get(code)), all: count, left: left.get(code) ?? 0, chosen }];
  });
}

function featureCounts(
  collection: CollectionId,
  facet: Facet,
  { features }: Answer,
  filters: Filters,
): { all: Counts; left: Counts } {
  const [all, left] = [new Map<string, number>(), new Map<string, number>()];
  for (const feature of features) {
    if (!passesOthers(filters, facet, collection, feature)) continue;
    const passing = passes(filters, collection, feature);
    for (const code of codesIn(facet, feature)) {
      all.set(code, (all.get(code) ?? 0) + 1);
      if (passing) left.set(code, (left.get(code) ?? 0) + 1);
    }
  }
  return { all, left };
}

/** The schema's codes and titles of a facet that is a property with codes. */
function titlesOf(facet: Facet, schema: Schema | null): ReadonlyMap<string, string | null> {
  const listed = schema?.properties?.[facet]?.oneOf ?? [];
  return new Map(
    listed.flatMap(({ const: code, title }): [string, string | null][] =>
      typeof code === 'string' ? [[code, title ?? null]] : [],
    ),
  );
}
