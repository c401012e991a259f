import { button, element } from '../dom';
import { ApiError } from '../fetching';
import { importPath } from './api';
import { type Import, isBusy, isOpen } from './imports';
import { sayMoment, sayName } from './say';
import type { Steps } from './steps';
import { t } from './texts';

/** What can be done with the open import. apply is the button that waits for the warnings to be accepted. */
export interface ActionButtons {
  readonly nodes: readonly HTMLElement[];
  readonly apply: HTMLButtonElement | null;
}

export function actionButtons(im: Import, steps: Steps, accept: (accepted: boolean) => void): ActionButtons {
  const report = im.state !== 'uploaded' ? [reportLink(im)] : [];
  if (isOpen(im)) {
    const staged = im.state === 'staged' && !isBusy(im);
    const apply = staged
      ? button({ class: 'main-button', disabled: true }, () => steps.apply(im), t('import.apply'))
      : null;
    const again = isBusy(im) ? [] : [button({}, () => steps.stage(im), t('import.again'))];
    const discard = button({}, () => steps.discard(im), t('import.discard'));
    const acceptance = staged && im.warnings ? [acceptBox(im.warnings, accept)] : [];
    return { nodes: [...acceptance, row([...(apply ? [apply] : []), ...again, discard, ...report])], apply };
  }
  const back = im.state === 'applied' ? [button({}, () => steps.rollBack(im, false), t('import.rollBack'))] : [];
  return { nodes: [row([...back, ...report])], apply: null };
}

/** After a refusal that names rows: the step that leaves those as they are. */
export function onlyUntouched(im: Import | null, error: unknown, steps: Steps): HTMLElement | null {
  if (im?.state !== 'applied' || !(error instanceof ApiError) || error.status !== 409) return null;
  return button({}, () => steps.rollBack(im, true), t('import.onlyUntouched'));
}

export function reportLink(im: Import): HTMLElement {
  return element(
    'a',
    {
      href: importPath(im.id, '/report?f=html'),
      target: '_blank',
      rel: 'noopener',
      'aria-label': t('import.reportOf', { file: sayName(im), date: sayMoment(im.created) }),
    },
    t('import.report'),
  );
}

function acceptBox(warnings: number, accept: (accepted: boolean) => void): HTMLElement {
  const box = element('input', { type: 'checkbox', id: 'accept' });
  box.addEventListener('change', () => accept(box.checked));
  return element(
    'div',
    { class: 'accept' },
    box,
    element('label', { for: 'accept' }, t('import.accept', { n: warnings })),
  );
}

function row(children: readonly HTMLElement[]): HTMLElement {
  return element('div', { class: 'actions' }, ...children);
}
