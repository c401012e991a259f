import { sayDate } from '../dates';
import { element } from '../dom';
import type { Item, Source, StatusPeriod } from '../feature';
import { dataParagraph, dataText } from '../language/data-text';
import { statusMark } from '../symbols';
import { label, sayCause, t } from '../texts';
import { citations } from './sources';

/** Every documented period, oldest first, each with what it rests on. */
export function historySection(item: Item): HTMLElement {
  const byId = new Map(item.sources.map(source => [source.id, source]));
  const entries = item.statusHistory.map(period => periodEntry(period, byId));
  return element(
    'section',
    { class: 'detail-history' },
    element('h3', {}, t('item.history')),
    entries.length > 0 ? element('ol', {}, ...entries) : element('p', {}, t('item.noHistory')),
  );
}

function periodEntry(period: StatusPeriod, sources: ReadonlyMap<string, Source>): HTMLElement {
  const milestone = period.kind === 'milestone';
  const status = period.status ?? 'unknown';
  const name = milestone ? t('history.milestone') : label('status', status);
  const remarks = [
    sayCause(period.cause),
    period.kind === 'disruption' ? t('history.disruption') : null,
    period.scope === 'project' ? t('history.project') : null,
  ].filter(remark => remark !== null);
  return element(
    'li',
    { class: `entry entry-${period.kind}` },
    milestone ? element('span', { class: 'milestone', 'aria-hidden': 'true' }, '◆') : statusMark(status, null, 15),
    element(
      'div',
      {},
      element('p', {}, element('strong', {}, name), ' ', element('span', { class: 'entry-dates' }, saySpan(period))),
      remarks.length > 0 && element('p', { class: 'quiet' }, ...remarkNodes(remarks)),
      period.summary && dataParagraph(period.summary),
      citations(period.sources, sources),
    ),
  );
}

/** A cause may be free text of the data. */
function remarkNodes(remarks: readonly string[]): (Node | string)[] {
  return remarks.flatMap((remark, index) => [index > 0 ? ' · ' : '', dataText(remark)]);
}

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
