/** The page on which a native speaker reads the texts of a language, corrects them, and saves what to send back. */
import './css/colors.css';
import './css/page.css';
import './css/language.css';
import './css/translating.css';
import { element } from './dom';
import { remember } from './language/choose';
import { language } from './language/current';
import { type LanguageCode, languageCodes, languageOf, languages } from './language/languages';
import { languageMenu } from './language/menu';
import { speak } from './language/start';
import { english as importsEnglish } from './maintain/texts.en';
import { english } from './texts.en';
import { Corrections, type Part } from './translating/corrections';
import { saveBar } from './translating/save';
import { table } from './translating/table';
import { t } from './translating/texts';

const loads = {
  ru: () => Promise.all([import('./texts.ru'), import('./maintain/texts.ru')]),
  tg: () => Promise.all([import('./texts.tg'), import('./maintain/texts.tg')]),
  fa: () => Promise.all([import('./texts.fa'), import('./maintain/texts.fa')]),
} as const;

async function start(root: HTMLElement): Promise<void> {
  const header = element(
    'header',
    { class: 'top' },
    element('h1', {}, t('title')),
    element('a', { href: './' }, t('map')),
    languageMenu(choose),
  );
  const main = element('main', {});
  root.append(header, main);
  const { code } = language();
  if (code === 'en') main.append(element('p', {}, t('choose')), languageLinks());
  else main.append(...sheet(await partsOf(code)));
}

async function partsOf(code: keyof typeof loads): Promise<readonly Part[]> {
  const [map, imports] = await loads[code]();
  return [
    { name: 'map', english, entries: map.catalogue, reviewed: map.reviewed },
    { name: 'imports', english: importsEnglish, entries: imports.catalogue, reviewed: imports.reviewed },
  ];
}

function sheet(parts: readonly Part[]): readonly HTMLElement[] {
  const corrections = new Corrections();
  const bar = saveBar(corrections);
  addEventListener('beforeunload', event => {
    if (bar.unsaved()) event.preventDefault();
  });
  return [element('p', {}, t('how')), table(parts, corrections, bar.update), bar.node];
}

function languageLinks(): HTMLElement {
  const links = languageCodes
    .filter(code => code !== 'en')
    .map(code => {
      const { name, tag, dir } = languages[code];
      return element('li', {}, element('a', { href: `?lang=${code}`, lang: tag, dir }, name));
    });
  return element('ul', { class: 'language-links' }, ...links);
}

function choose(code: LanguageCode): void {
  remember(code);
  location.search = `?lang=${code}`;
}

const root = document.getElementById('translating');
if (root) {
  const asked = languageOf(new URLSearchParams(location.search).get('lang'));
  void speak(asked, [], () => t('title')).then(() => start(root));
}
