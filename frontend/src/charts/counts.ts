/** What the charts show, asked of the server: counts of what is in sight. */
import { fetchApi } from '../api';
import { addDays, addMonths, type Day } from '../dates';
import { parametersOf, type Shown } from '../share/shown';

interface Stats {
  readonly groups: readonly { readonly value: string | null; readonly count: number }[];
}

export interface MonthTable {
  /** Months as 2022-05, without gaps; counts by category, in the order of the months. */
  readonly months: readonly string[];
  readonly categories: readonly { readonly code: string; readonly counts: readonly number[] }[];
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
  const months = monthsOf(answers.flatMap(({ groups }) => groups.flatMap(({ value }) => value ?? [])));
  const categories = codes.map((code, index) => {
    const counts = new Map(answers[index]?.groups.map(({ value, count }) => [value, count]));
    return { code, counts: months.map(month => counts.get(month) ?? 0) };
  });
  return { months, categories };
}

/** From the first month to the last; one that a source gives as a year only stands before the months of that year. */
export function monthsOf(values: readonly string[]): string[] {
  const whole = values.filter(value => value.length === 7).sort();
  const [first, last] = [whole[0], whole.at(-1)];
  const months: string[] = [];
  for (let month = first; month !== undefined && last !== undefined && month <= last; ) {
    months.push(month);
    month = addMonths(`${month}-01`, 1).slice(0, 7);
  }
  return [...new Set([...months, ...values.filter(value => value.length !== 7)])].sort();
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

/** Days closed of the crossings in sight, the longest closed first. */
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
    (a, b) => b.days_closed - a.days_closed || unknownDays(b) - unknownDays(a) || (a.id < b.id ? -1 : 1),
  );
}

export function unknownDays(closure: Closure): number {
  return closure.days_by_status.unknown ?? 0;
}

/** The span the closures are first counted over: a year up to the date. */
export function firstSpan(date: Day): { readonly from: Day; readonly to: Day } {
  return { from: addDays(addMonths(date, -12), 1), to: date };
}
