/** What the two clocks add to how a feature is drawn: how old its status is, and what it was on another date. */
import type { CollectionId } from '../collections';
import { type Day, sayDate } from '../dates';
import type { Feature } from '../feature';
import type { FadeStep } from '../style/fade';
import { label, t } from '../texts';

/** Held against another date: the same there, or of another status; null was the status of what was not there. */
export type Compared = 'same' | { readonly date: Day; readonly status: string | null };

export interface Look {
  readonly fade: FadeStep;
  /** Undefined where no dates are compared. */
  readonly compared?: Compared | undefined;
}

export type LookOf = (collection: CollectionId, feature: Feature) => Look;

/** Tells how features look, and is told of those it has not seen. */
export interface Looking {
  readonly of: LookOf;
  readonly learn: (features: readonly Feature[]) => void;
}

export const plainLook: Look = { fade: 0 };

/** What is said of a feature beside its status; nothing where it is the same, or not compared. */
export function sayCompared(compared: Compared | undefined): string {
  if (compared === undefined || compared === 'same') return '';
  const { date, status } = compared;
  if (status === null) return t('compare.notThere', { date: sayDate(date) });
  return t('compare.was', { date: sayDate(date), status: label('status', status) });
}
