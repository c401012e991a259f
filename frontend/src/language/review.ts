import { element } from '../dom';
import { t, unreviewed } from '../texts';

/** Says that no native speaker has read the texts, and where they can be corrected; null where all are read. */
export function reviewNote(): HTMLElement | null {
  if (unreviewed() === 0) return null;
  return element(
    'p',
    { class: 'review-note' },
    t('language.unreviewed'),
    ' ',
    t('language.data'),
    ' ',
    element('a', { href: './translating.html' }, t('language.correct')),
  );
}
