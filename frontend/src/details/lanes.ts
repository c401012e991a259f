/** A status history laid out in time: which stretch lies where, in shares of the whole, and in which lane. */
import { type Day, dayNumber, firstDay, lastDayOf } from '../dates';
import type { StatusPeriod } from '../feature';

export interface Stretch {
  readonly period: StatusPeriod;
  /** From 0, the beginning of the bar, to 1, its end. */
  readonly from: number;
  /** Up to here the change may have come, as far as its date is known; equal to from for a day. */
  readonly sure: number;
  readonly to: number;
  readonly lane: number;
  /** Whether what came after the stretch is not known: its end is the last that is documented. */
  readonly openEnd: boolean;
}

export interface Lanes {
  readonly from: Day;
  readonly to: Day;
  readonly stretches: readonly Stretch[];
  readonly phases: number;
  /** Lanes below the phases, for what lay on top of them. */
  readonly disruptions: number;
  readonly milestones: readonly { readonly period: StatusPeriod; readonly at: number }[];
}

/** Lays out a history up to the later of today and its own end, from the beginning of the year of its first entry. */
export function lanesOf(history: readonly StatusPeriod[], today: Day): Lanes {
  const dated = history.filter(({ from }) => dayNumber(from) !== null);
  const first = dated.reduce((least, { from }) => (from < least ? from : least), today);
  const last = dated.reduce((most, { from, to }) => [most, from, to ?? ''].sort().at(-1) ?? most, today);
  const from = dated.length > 0 ? `${first.slice(0, 4)}-01-01` : firstDay;
  const scale = scaleOf(from, last);
  const stretchOf = (period: StatusPeriod) => ({ period, ...spanOf(period, last, scale) });
  const phases = inLanes(dated.filter(({ kind }) => kind === 'phase').map(stretchOf), 0);
  const disruptions = inLanes(dated.filter(({ kind }) => kind === 'disruption').map(stretchOf), phases.lanes);
  return {
    from,
    to: last,
    stretches: [...phases.stretches, ...disruptions.stretches],
    phases: phases.lanes,
    disruptions: disruptions.lanes,
    milestones: dated.filter(({ kind }) => kind === 'milestone').map(period => ({ period, at: scale(period.from) })),
  };
}

/** Where a day lies between two others, as a share that stays within 0 and 1. */
export function scaleOf(from: Day, to: Day): (day: Day) => number {
  const first = dayNumber(from) ?? 0;
  const length = Math.max(1, (dayNumber(to) ?? 0) - first);
  return day => Math.min(1, Math.max(0, ((dayNumber(day) ?? first) - first) / length));
}

function spanOf(period: StatusPeriod, last: Day, scale: (day: Day) => number) {
  const start = scale(period.from);
  const known = scale(lastDayOf(period.from, period.from_precision));
  const end = endOfPeriod(period, last);
  return {
    from: start,
    sure: Math.min(known, scale(end)),
    to: scale(end),
    openEnd: period.end_basis === 'last_documented' || period.end_basis === 'unknown',
  };
}

/** An end that was not found is no end at today: the stretch is as long as the date of its start is wide. */
function endOfPeriod({ from, from_precision, to, end_basis }: StatusPeriod, last: Day): Day {
  if (end_basis === 'ongoing') return last;
  return to ?? lastDayOf(from, from_precision);
}

/** Stretches of one kind that overlap stand below each other. */
function inLanes(spans: readonly Omit<Stretch, 'lane'>[], first: number) {
  const ends: number[] = [];
  const stretches = [...spans]
    .sort((a, b) => a.from - b.from)
    .map(span => {
      const free = ends.findIndex(end => end <= span.from);
      const lane = free < 0 ? ends.length : free;
      ends[lane] = span.to;
      return { ...span, lane: first + lane };
    });
  return { stretches, lanes: ends.length };
}

/** The years to write below the bar: few enough to be read. */
export function yearsOf(from: Day, to: Day, most: number): Day[] {
  const [first, last] = [Number(from.slice(0, 4)), Number(to.slice(0, 4))];
  const step = [1, 2, 5, 10, 20, 50].find(years => (last - first) / years < most) ?? 100;
  const years: Day[] = [];
  for (let year = Math.ceil(first / step) * step; year <= last; year += step) years.push(`${year}-01-01`);
  return years;
}
