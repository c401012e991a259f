import { type Day, sayDate, sayDayTwice } from '../dates';
import { element } from '../dom';
import { type Feature, type Item, type Precision, text } from '../feature';
import { statusMark } from '../symbols';
import { label, sayCause, t } from '../texts';
import { sayConfirmed } from '../time/confirmed';

/** The status on the as-of date, since when, until when and how that is known. */
export function statusSection(item: Item, date: Day): HTMLElement {
  const { properties } = item;
  const confirmed = sayConfirmed(item, date);
  const status = text(properties, 'status') ?? 'unknown';
  const head = element(
    'p',
    { class: 'status-now', 'data-status': status },
    statusMark(status, null, 20),
    element('strong', {}, label('status', status)),
    element('span', { class: 'quiet' }, t('item.statusOn', { date: sayDayTwice(date) })),
  );
  return element(
    'section',
    { class: 'detail-status' },
    head,
    element('p', {}, statusSentences(item, date).join(' ')),
    confirmed && element('p', { class: 'quiet confirmed' }, confirmed),
  );
}

export function statusSentences({ properties }: Feature, date: Day): string[] {
  const since = text(properties, 'status_since');
  if ((text(properties, 'status') ?? 'unknown') === 'unknown' || since === null) {
    return [t('status.nothing', { date: sayDate(date) })];
  }
  const precision = (text(properties, 'status_since_precision') ?? 'day') as Precision;
  const cause = sayCause(text(properties, 'status_cause'));
  return [
    t('status.sinceText', { date: sayDate(since, precision) }),
    basisSentence(text(properties, 'status_basis'), text(properties, 'status_until')),
    cause === null ? '' : t('status.causeText', { cause }),
    text(properties, 'status_scope') === 'project' ? t('status.project') : '',
  ].filter(sentence => sentence !== '');
}

function basisSentence(basis: string | null, until: string | null): string {
  if (basis === 'ongoing') return t('status.basis.ongoing');
  if (basis === 'unknown') return t('status.basis.unknown');
  if (basis === 'last_documented' && until === null) return t('status.basis.last_documented.undated');
  if (until === null) return '';
  const key = basis === 'last_documented' ? 'status.basis.last_documented' : 'status.basis.ended';
  return t(key, { date: sayDate(until) });
}
