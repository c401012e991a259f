import { sayDate } from '../dates';
import type { StatusPeriod } from '../feature';
import { t } from '../texts';

/** From when to when, saying how the end is known. */
export function saySpan(period: StatusPeriod): string {
  const precision = period.from_precision ?? 'day';
  const from = sayDate(period.from, precision);
  const to = period.to === null ? null : sayDate(period.to, period.to_precision ?? 'day');
  if (period.kind === 'milestone' || period.to === period.from) return from;
  if (period.end_basis === 'ongoing') return t('history.ongoing', { from: t('history.from', { date: from }) });
  if (period.end_basis === 'unknown' || to === null) return t('history.endUnknown', { from });
  if (period.end_basis === 'last_documented') return t('history.lastDocumented', { from, to });
  return t('date.span', { from, to });
}

const precisions = {
  day: 'detail.precision.day',
  month: 'detail.precision.month',
  year: 'detail.precision.year',
} as const;

/** How exactly the beginning is known. */
export function sayPrecision(period: StatusPeriod): string {
  return t(precisions[period.from_precision ?? 'day']);
}
