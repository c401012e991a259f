/**
 * Incidents that began before a period and are shown in it because their end is not known: the server takes them for
 * going on, which may be long past. Whoever says the period says how many they are.
 */
import { lastDayOf } from './dates';
import { type Feature, type Precision, text } from './feature';
import type { Feed } from './feeds';
import { passes } from './filters/filter';
import { incidentPeriod, type Period } from './period';
import type { State } from './state';
import { t } from './texts';

export function countOpenEnded(incidents: readonly Feature[], { from }: Pick<Period, 'from'>): number {
  return incidents.filter(({ properties }) => {
    const start = text(properties, 'start_date');
    if (start === null || text(properties, 'end_date') !== null) return false;
    return lastDayOf(start, text(properties, 'start_precision') as Precision | null) < from;
  }).length;
}

/** Of those the filters leave. A crowd does not come one by one: nothing is said of it. */
export function openEndedShown(incidents: Feed | undefined, state: State): number {
  if (incidents?.phase !== 'ready') return 0;
  const shown = incidents.answer.features.filter(feature => passes(state.filters, 'incidents', feature));
  return countOpenEnded(shown, incidentPeriod(state));
}

/** Their number as a sentence behind the one that says the period; nothing where there are none. */
export function sayOpenEnded(said: string, count: number): string {
  if (count === 0) return said;
  return `${said.replace(/(?<!\.)$/, '.')} ${t('period.openEnded', { n: count })}`;
}
