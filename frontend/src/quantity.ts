import { sayNumber } from './language/numbers';
import { t } from './texts';

export { sayNumber };

/** A distance no more exact than it is known: 400 m, 2.5 km, 30 km. */
export function sayDistance(metres: number): string {
  if (metres < 1000) return t('distance.metres', { n: sayNumber(Math.round(metres)) });
  const kilometres = metres / 1000;
  return t('distance.kilometres', {
    n: sayNumber(kilometres < 10 ? Math.round(kilometres * 10) / 10 : Math.round(kilometres)),
  });
}

/** Fatalities as a source gives them. A blank is no zero: it means that no figure was found. */
export function sayRange(low: number | null, high: number | null): string {
  if (low === null && high === null) return t('incident.noFigure');
  if (low === null) return t('incident.atMost', { n: sayNumber(high ?? 0) });
  if (high === null) return t('incident.atLeast', { n: sayNumber(low) });
  if (low !== high) return t('incident.range', { low: sayNumber(low), high: sayNumber(high) });
  return low === 0 ? t('incident.nobody') : sayNumber(low);
}
