import { button, element } from '../dom';
import { reportLink } from './actions';
import type { Import } from './imports';
import { sayMoment, sayName } from './say';
import type { Steps } from './steps';
import { label, sayTarget, t } from './texts';

/** The imports there are, the newest first, with who made them, when, and what became of them. */
export function pastList(past: readonly Import[], older: string | null, steps: Steps): readonly HTMLElement[] {
  const rows = past.map(im => entry(im, steps));
  const list = rows.length > 0 ? element('ul', { class: 'past' }, ...rows) : element('p', {}, t('past.none'));
  const title = element('h2', {}, t('past.title'));
  if (older === null) return [title, list];
  const more = element(
    'div',
    { class: 'actions older' },
    element('p', { class: 'quiet' }, t('past.shown', { count: past.length })),
    button({}, () => void steps.older(older), t('past.older')),
  );
  return [title, list, more];
}

function entry(im: Import, steps: Steps): HTMLElement {
  const names = { file: sayName(im), date: sayMoment(im.created) };
  const open = button({ 'aria-label': t('past.openOf', names) }, () => steps.open(im.id), t('past.open'));
  const rollBack =
    im.state === 'applied' &&
    button({ 'aria-label': t('past.rollBackOf', names) }, () => steps.rollBack(im, false), t('import.rollBack'));
  return element(
    'li',
    { 'data-import': im.id, 'data-state': im.state },
    element('strong', { dir: 'auto' }, t('import.heading', { file: names.file, collection: sayTarget(im.collection) })),
    element('p', { class: 'quiet' }, sayMeta(im)),
    element('div', { class: 'actions' }, open, rollBack, im.state !== 'uploaded' && reportLink(im)),
  );
}

/** Its state, who it is by and when that came about. */
export function sayMeta(im: Import): string {
  const date = sayMoment(im.applied ?? im.created);
  return t('past.meta', { state: label('state', im.state), actor: im.actor, date });
}
