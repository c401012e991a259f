import { button, element, svg } from '../dom';
import type { State } from '../state';
import type { Store } from '../store';
import { t } from '../texts';
import { language } from './current';
import { type LanguageCode, languageCodes, languages } from './languages';
import { reviewNote } from './review';

/** After the choice the page is loaded again, and the focus goes back to where the choice was made. */
const chosenHere = 'oxus.language.chosen';

/** Names each language in itself. choose is called with what the reader picks. */
export function languageMenu(choose: (code: LanguageCode) => void): HTMLElement {
  const now = language();
  const summary = element(
    'summary',
    { 'aria-label': `${t('language.title')}: ${now.name}` },
    globe(),
    element('span', {}, now.name),
  );
  const pick = (code: LanguageCode) => {
    menu.open = false;
    summary.focus();
    note(code !== now.code);
    choose(code);
  };
  const items = languageCodes.map(code => {
    const { name, tag, dir } = languages[code];
    const current = code === now.code ? 'true' : null;
    return element(
      'li',
      {},
      button({ lang: tag, dir, 'aria-current': current }, () => pick(code), name),
    );
  });
  const list = element('div', { class: 'language-list' }, element('ul', {}, ...items), reviewNote());
  const menu = element('details', { class: 'language' }, summary, list);
  menu.addEventListener('keydown', event => {
    if (event.key !== 'Escape' || !menu.open) return;
    event.stopPropagation();
    menu.open = false;
    summary.focus();
  });
  menu.addEventListener('focusout', ({ relatedTarget }) => {
    if (!(relatedTarget instanceof Node && menu.contains(relatedTarget))) menu.open = false;
  });
  if (wasChosenHere()) queueMicrotask(() => summary.focus());
  return menu;
}

function note(reload: boolean): void {
  try {
    if (reload) sessionStorage.setItem(chosenHere, 'yes');
  } catch {
    // Only the focus is lost.
  }
}

function wasChosenHere(): boolean {
  try {
    const chosen = sessionStorage.getItem(chosenHere) !== null;
    sessionStorage.removeItem(chosenHere);
    return chosen;
  } catch {
    return false;
  }
}

function globe(): SVGSVGElement {
  const d = 'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M1.5 8h13M8 1.5c-4.6 4-4.6 9 0 13M8 1.5c4.6 4 4.6 9 0 13';
  return svg(
    'svg',
    { viewBox: '0 0 16 16', width: 16, height: 16, class: 'mark', 'aria-hidden': 'true' },
    svg('path', { d, fill: 'none', stroke: 'currentColor', 'stroke-width': 1.2 }),
  );
}

/** Makes the page anew when the state asks for another language, as an address can. */
export function reloadInOtherLanguage(store: Store<State>): void {
  store.subscribe(({ lang }, previous) => {
    if (lang !== previous.lang && lang !== null && lang !== language().code) location.reload();
  });
}
