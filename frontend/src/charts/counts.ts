/** What the charts show, asked of the server: counts of what is in sight. */
import { fetchApi } from '../api';
import { addMonths, type Day } from '../dates';
import { incidentPeriod } from '../period';
import { parametersOf, type Shown } from '../share/shown';

interface Stats {
  readonly groups: readonly { readonly value: string | null; readonly count: number }[];
}

export interface MonthTable {
  /** Months as 2022-05, without gaps; counts by category, in the order of the months. */
  readonly months: readonly string[];
  readonly categories: readonly { readonly code: string; readonly counts: readonly number[] }[];
  /** How many of the period began before its first month: they lasted into it, or their end is not known. */
  readonly earlier: number;
}

/** Incidents of the period shown, by month and category. */
export async function countIncidents(shown: Shown, signal: AbortSignal): Promise<MonthTable> {
  const ask = (by: string, category?: string) => {
    const parameters = parametersOf(shown, 'incidents');
    parameters.set('by', by);
    if (category !== undefined) parameters.set('category', category);
    return fetchApi<Stats>(`stats/incidents?${parameters}`, signal);
  };
  const codes = (await ask('category')).groups.flatMap(({ value }) => value ?? []);
  const answers = await Promise.all(codes.map(code => ask('month', code)));
  const groups = answers.flatMap(answer => answer.groups);
  const { from } = incidentPeriod(shown.state);
  const months = monthsOf(
    groups.flatMap(({ value }) => value ?? []),
    from,
  );
  const categories = codes.map((code, index) => {
    const counts = new Map(answers[index]?.groups.map(({ value, count }) => [value, count]));
    return { code, counts: months.map(month => counts.get(month) ?? 0) };
  });
  const earlier = groups.filter(({ value }) => value !== null && isBefore(value, from));
  const within = categories.filter(({ counts }) => counts.some(count => count > 0));
  return { months, categories: within, earlier: earlier.reduce((sum, { count }) => sum + count, 0) };
}

/**
 * From the first month of a period to the last of the values; one that a source gives as a year only stands before the
 * months of that year. What began before the period is none of its months.
 */
export function monthsOf(values: readonly string[], from: Day): string[] {
  const within = values.filter(value => !isBefore(value, from));
  const last = within
    .filter(value => value.length === 7)
    .sort()
    .at(-1);
  const first = from.slice(0, 7);
  const months: string[] = [];
  for (let month = first; last !== undefined && month <= last; ) {
    months.push(month);
    month = addMonths(`${month}-01`, 1).slice(0, 7);
  }
  return [...new Set([...months, ...within.filter(value => value.length !== 7)])].sort();
}

/** Whether a month, or a year, is over before the month in which a period begins. */
function isBefore(value: string, from: Day): boolean {
  return value < from.slice(0, value.length);
}

export interface Closure {
  readonly id: string;
  readonly name: string | null;
  readonly days: number;
  readonly days_closed: number;
  readonly days_by_status: Readonly<Record<string, number>>;
}

interface StatusStats {
  readonly features: readonly Closure[];
}

/** The most crossings that are asked about at once. */
const limit = 1000;

/** Days closed or suspended of the crossings in sight, those with the most first. */
export async function countClosures(
  shown: Shown,
  from: Day,
  to: Day,
  signal: AbortSignal,
): Promise<readonly Closure[]> {
  const parameters = parametersOf(shown, 'crossings');
  parameters.delete('datetime');
  for (const [name, value] of Object.entries({ collection: 'crossings', from, to, limit: String(limit) })) {
    parameters.set(name, value);
  }
  const { features } = await fetchApi<StatusStats>(`stats/status?${parameters}`, signal);
  return [...features].sort(
    (a, b) => b.days_closed - a.days_closed || daysOf(b, 'unknown') - daysOf(a, 'unknown') || (a.id < b.id ? -1 : 1),
  );
}

export function daysOf(closure: Closure, status: string): number {
  return closure.days_by_status[status] ?? 0;
}
