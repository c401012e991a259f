import { button, element } from '../dom';
import { t } from '../texts';

/** A dialog over the page: the browser keeps the focus in it, and gives it back at the end. */
export function openModal(title: string, name: string, ...content: readonly HTMLElement[]): HTMLDialogElement {
  const dialog = element('dialog', { class: `modal modal-${name}`, 'aria-label': title });
  const closer = button({ class: 'sheet-close', 'aria-label': t('share.close') }, () => dialog.close(), '×');
  dialog.append(element('header', { class: 'modal-head' }, element('h2', {}, title), closer), ...content);
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

export function section(title: string, ...content: readonly (Node | null)[]): HTMLElement {
  return element('section', { class: 'modal-part' }, element('h3', {}, title), ...content);
}

/** A text to be copied: it can also be selected where the browser gives no clipboard. */
export function copyable(name: string, text: string, rows: number): HTMLElement {
  const field = element('textarea', { readonly: true, rows, 'aria-label': name, spellcheck: 'false', dir: 'ltr' });
  field.value = text;
  const said = element('span', { class: 'quiet', role: 'status' });
  const copy = button(
    {},
    () => {
      field.select();
      void navigator.clipboard?.writeText(text).then(
        () => {
          said.textContent = t('share.copied');
        },
        () => field.focus(),
      );
    },
    t('share.copy'),
  );
  return element('div', { class: 'copyable' }, field, element('div', { class: 'modal-row' }, copy, said));
}
