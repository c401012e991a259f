/** The field that names are typed into. What finds them is loaded when the reader first comes to it. */
import { element } from '../dom';
import { t } from '../texts';

export const searchListId = 'search-list';

export interface SearchBox {
  readonly node: HTMLElement;
  readonly input: HTMLInputElement;
  readonly list: HTMLUListElement;
  readonly status: HTMLElement;
}

export function searchBox(load: (box: SearchBox) => Promise<void>): SearchBox {
  const input = element('input', {
    type: 'search',
    class: 'search-input',
    role: 'combobox',
    'aria-label': t('search.label'),
    'aria-expanded': 'false',
    'aria-autocomplete': 'list',
    'aria-controls': searchListId,
    placeholder: t('search.placeholder'),
    autocomplete: 'off',
    spellcheck: 'false',
    enterkeyhint: 'search',
    maxlength: 100,
  });
  const list = element('ul', {
    id: searchListId,
    class: 'search-list',
    role: 'listbox',
    'aria-label': t('search.found'),
  });
  const status = element('p', { class: 'search-status', role: 'status' });
  const results = element('div', { class: 'search-results' }, status, list);
  const box = { node: element('search', { class: 'search' }, input, results), input, list, status };
  let loading = false;
  const begin = async () => {
    if (loading) return;
    loading = true;
    try {
      await load(box);
    } catch {
      loading = false; // the next key tries again
      if (input.value !== '') status.textContent = t('search.failed', { reason: t('error.network') });
    }
  };
  input.addEventListener('focus', () => void begin());
  input.addEventListener('input', () => void begin());
  return box;
}
