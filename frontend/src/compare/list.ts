import { sayDate } from '../dates';
import { button, element } from '../dom';
import type { ItemKey } from '../feature';
import { dataText } from '../language/data-text';
import { statusMark } from '../symbols';
import { label, t } from '../texts';
import type { WorldChange } from '../time/changes';

/** What changed between the dates, in order; each opens its feature. */
export function changeList(
  changes: readonly WorldChange[],
  more: boolean,
  select: (key: ItemKey) => void,
): HTMLElement {
  if (changes.length === 0) return element('p', { class: 'quiet' }, t('compare.none'));
  return element(
    'div',
    {},
    // How many there are is not known where there are more.
    element('h3', {}, more ? t('compare.list') : t('compare.changes', { n: changes.length })),
    element('ol', { class: 'choices' }, ...changes.map(change => element('li', {}, entry(change, select)))),
    more && element('p', { class: 'quiet' }, t('compare.more', { n: changes.length })),
  );
}

function entry(change: WorldChange, select: (key: ItemKey) => void): HTMLElement {
  const { collection, id, name, day, precision } = change;
  return button(
    { class: 'choice', 'data-keep': `${collection}/${id} ${day}` },
    () => select({ collection, id }),
    element('span', { class: 'compare-marks' }, ...marks(change)),
    element(
      'span',
      {},
      dataText(name),
      element('small', {}, t('compare.entry', { date: sayDate(day, precision), what: sayWhat(change) })),
    ),
  );
}

function marks({ kind, from, to }: WorldChange): Node[] {
  if (kind !== 'status') return [statusMark(to ?? from ?? 'unknown', null, 16)];
  return [statusMark(from ?? 'unknown', null, 16), statusMark(to ?? 'unknown', null, 16)];
}

function sayWhat({ kind, from, to }: WorldChange): string {
  if (kind === 'appeared') return t('compare.appeared');
  if (kind === 'disappeared') return t('compare.disappeared');
  return t('compare.became', { from: label('status', from ?? 'unknown'), to: label('status', to ?? 'unknown') });
}
