import { button, element } from '../dom';
import { language } from '../language/current';
import type { Corrections } from './corrections';
import { t } from './texts';

export interface SaveBar {
  readonly node: HTMLElement;
  readonly update: () => void;
  /** Whether something was changed since the last file. */
  readonly unsaved: () => boolean;
}

/** How much was changed, and the button that makes a file of it. */
export function saveBar(corrections: Corrections): SaveBar {
  const count = element('p', { role: 'status' });
  const all = element('input', { type: 'checkbox', id: 'all-read' });
  let changed = false;
  const save = button(
    {},
    () => {
      download(`oxus-${language().code}.json`, corrections.file(language().code, all.checked));
      changed = false;
    },
    t('save'),
  );
  const show = () => {
    count.textContent = t('count', { n: corrections.size });
    save.disabled = corrections.size === 0 && !all.checked;
  };
  const update = () => {
    changed = true;
    show();
  };
  all.addEventListener('change', update);
  show();
  const read = element('label', { for: 'all-read' }, all, element('span', {}, t('all')));
  return { node: element('div', { class: 'save-bar' }, count, read, save), update, unsaved: () => changed };
}

function download(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  element('a', { href: address, download: name }).click();
  // The browser has taken the file by then; a page left open for hours should not keep every one.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
