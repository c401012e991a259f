/** The field that names are typed into. What finds them is loaded when the reader first comes to it. */
import type { CollectionId } from '../collections';
import { element } from '../dom';
import { t } from '../texts';

export const searchListId = 'search-list';

export interface SearchBox {
  readonly node: HTMLElement;
  readonly input: HTMLInputElement;
  readonly list: HTMLUListElement;
  readonly status: HTMLElement;
  /** Names of these collections have changed. */
  readonly refresh: (ids: readonly CollectionId[]) => void;
}

/** What finds names. */
interface Finding {
  refresh(ids: readonly CollectionId[]): void;
}

export function searchBox(load: (box: SearchBox) => Promise<Finding>): SearchBox {
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
  let finding: Finding | null = null;
  const refresh: SearchBox['refresh'] = ids => finding?.refresh(ids);
  const box = { node: element('search', { class: 'search' }, input, results), input, list, status, refresh };
  let loading = false;
  const begin = async () => {
    if (loading) return;
    loading = true;
    try {
      finding = await load(box);
    } catch {
      loading = false; // the next key tries again
      if (input.value !== '') status.textContent = t('search.failed', { reason: t('error.network') });
    }
  };
  input.addEventListener('focus', () => void begin());
  input.addEventListener('input', () => void begin());
  return box;
}
