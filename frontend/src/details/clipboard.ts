import { element } from '../dom';

/** Puts a text on the clipboard; false where the browser lets nothing onto it. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Not offered without a secure connection, or refused: the older way still works in most browsers.
    return copySelected(text);
  }
}

function copySelected(text: string): boolean {
  const active = document.activeElement;
  const field = element('textarea', { readonly: true, class: 'copied-text', 'aria-hidden': 'true' });
  field.value = text;
  document.body.append(field);
  field.select();
  try {
    return document.execCommand('copy');
  } catch {
    return false;
  } finally {
    field.remove();
    if (active instanceof HTMLElement) active.focus({ preventScroll: true });
  }
}
