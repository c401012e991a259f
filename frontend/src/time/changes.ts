/** What changed in the world, as the server tells it, and what the timeline makes of it. */

import { type CollectionId, isCollectionId } from '../collections';
import { type Day, isDay } from '../dates';
import { type Feature, type Precision, text } from '../feature';
import { type Span, shareOf } from './span';

export type ChangeKind = 'status' | 'appeared' | 'disappeared';

export interface WorldChange {
  readonly collection: CollectionId;
  readonly id: string;
  readonly name: string;
  readonly kind: ChangeKind;
  readonly day: Day;
  readonly precision: Precision;
  readonly from: string | null;
  readonly to: string | null;
}

/** Changes of features the page can open; what it does not understand is left out. */
export function readChanges(features: readonly Feature[]): WorldChange[] {
  return features.flatMap(({ properties }) => {
    const [collection = '', id, day = ''] = ['collection', 'feature', 'date'].map(name => text(properties, name) ?? '');
    const kind = text(properties, 'change');
    if (!isCollectionId(collection) || !id) return [];
    if (kind !== 'status' && kind !== 'appeared' && kind !== 'disappeared') return [];
    const first = day.padEnd(10, '-01').slice(0, 10);
    if (!isDay(first)) return [];
    const precision = (text(properties, 'date_precision') ?? 'day') as Precision;
    const name = text(properties, 'name') ?? id;
    const [from, to] = [text(properties, 'status_from'), text(properties, 'status_to')];
    return [{ collection, id, name, kind, day: first, precision, from, to }];
  });
}

/** The nearest day of a change after a date, or before it; null where there is none. */
export function nextDay(changes: readonly WorldChange[], date: Day): Day | null {
  return changes.reduce<Day | null>((best, { day }) => (day > date && (!best || day < best) ? day : best), null);
}

export function previousDay(changes: readonly WorldChange[], date: Day): Day | null {
  return changes.reduce<Day | null>((best, { day }) => (day < date && (!best || day > best) ? day : best), null);
}

/** Changes of status that stand together on the strip, because there is no room to part them. */
export interface Bundle {
  /** Where its middle stands, from 0 to 1. */
  readonly at: number;
  readonly changes: readonly WorldChange[];
}

/** Bundles of a window, none nearer to the next than gap, a share of the width. */
export function bundles(changes: readonly WorldChange[], span: Span, gap: number): Bundle[] {
  const inside = changes
    .filter(({ kind, day }) => kind === 'status' && day >= span.from && day <= span.to)
    .sort((a, b) => a.day.localeCompare(b.day));
  const found: { at: number; changes: WorldChange[] }[] = [];
  for (const change of inside) {
    const at = shareOf(span, change.day);
    const last = found.at(-1);
    if (last && at - last.at < gap) last.changes.push(change);
    else found.push({ at, changes: [change] });
  }
  return found;
}
