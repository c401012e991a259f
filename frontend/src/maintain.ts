/** Puts the page of imports together: one store, the steps that change it, and the parts that show it. */
import 'leaflet/dist/leaflet.css';
import './css/colors.css';
import './css/page.css';
import './css/map.css';
import './css/language.css';
import './css/maintain.css';
import './css/maintain-preview.css';
import './css/maintain-map.css';
import { element } from './dom';
import { remember as rememberLanguage } from './language/choose';
import { language } from './language/current';
import { type LanguageCode, languageOf } from './language/languages';
import { languageMenu } from './language/menu';
import { loadPlaces } from './language/places';
import { speak } from './language/start';
import { onlyUntouched } from './maintain/actions';
import { keepUpToDate } from './maintain/following';
import { ImportMap } from './maintain/import-map';
import { ImportSection } from './maintain/import-section';
import type { Import } from './maintain/imports';
import { Meter } from './maintain/meter';
import { Part } from './maintain/part';
import { pastList } from './maintain/past';
import { sayStanding, sayTrouble } from './maintain/say';
import { signInForm, whoIs } from './maintain/sign-in';
import { initialState, type State, withError } from './maintain/state';
import { Steps } from './maintain/steps';
import { loadTexts, t } from './maintain/texts';
import { UploadForm } from './maintain/upload-form';
import { Store } from './store';
import { t as tOfMap } from './texts';

function start(root: HTMLElement): void {
  const store = new Store<State>(initialState);
  const steps = new Steps(store);
  const refuse = (text: string) => store.change(state => withError(state, text));

  const who = new Part(element('div', { class: 'who' }), (name: string | null) =>
    name === null ? [] : whoIs(name, () => void steps.signOut()),
  );
  const signIn = new Part(element('div'), (shown: boolean) =>
    shown ? [signInForm(key => void steps.signIn(key), refuse)] : [],
  );
  const trouble = new Part(
    element('div', { class: 'trouble', role: 'alert', hidden: true }),
    (error: unknown, open: Import | null) => (error === null ? [] : sayWhy(error, open, steps)),
  );
  const upload = new UploadForm(request => void steps.upload(request), refuse);
  const map = new ImportMap();
  const section = new ImportSection(store, steps, map);
  const past = new Part(
    element('section', { class: 'card' }),
    (list: readonly Import[], older: string | null, signedIn: boolean) =>
      signedIn ? pastList(list, older, steps) : [],
  );
  const meter = new Meter();

  const work = element('div', { class: 'work' }, signIn.node, upload.node, section.node, past.node);
  const main = element('main', {}, meter.node, trouble.node, element('div', { class: 'columns' }, work, map.node));
  root.append(header(who.node), main);

  const update = (state: State, previous: State) => {
    const stood = document.activeElement;
    const signedIn = Boolean(state.session);
    who.show(state.session?.name ?? null);
    signIn.show(state.session === null);
    trouble.show(state.error, state.open);
    upload.node.hidden = !signedIn || state.open !== null;
    if (state.mappings !== previous.mappings) upload.setMappings(state.mappings);
    past.show(state.past, state.older, signedIn);
    section.update(state);
    meter.show(state, sayStanding(state));
    showMap(map, state, previous);
    remember(state);
    placeFocus(state, previous, stood);
  };

  /** What is gone takes the focus with it: it goes to what came in its place. */
  function placeFocus(state: State, previous: State, stood: Element | null): void {
    const another = state.open?.id !== previous.open?.id;
    const lost = stood !== document.body && document.activeElement === document.body;
    if (another && previous.upload !== null) upload.clear();
    if (state.session === null && previous.session !== null) root.querySelector<HTMLElement>('#key')?.focus();
    else if (state.open && (another || lost)) section.focus();
    else if (state.session && (another || !previous.session || lost)) upload.focus();
  }

  store.subscribe(update);
  keepUpToDate(store, im => void steps.preview(im));
  update(store.state, store.state);
  void steps.start(decodeURIComponent(location.hash.slice(1)));
}

function showMap(map: ImportMap, state: State, previous: State): void {
  const asks = state.open?.state === 'decoded';
  const boxes = asks
    ? (state.open?.questions ?? []).flatMap(({ choices = [] }) => choices.flatMap(c => c.bounds ?? []))
    : [];
  if (state.open?.id !== previous.open?.id) map.hide();
  if (state.open && state.preview && state.preview !== previous.preview && (!asks || boxes.length > 0)) {
    map.showDifferences(state.preview.differences);
  }
}

/** The open import stands in the address, so that it is there again when the page is loaded again. */
function remember({ session, open }: State): void {
  if (!session) return;
  const hash = open ? `#${encodeURIComponent(open.id)}` : '';
  if (location.hash !== hash) history.replaceState(null, '', `${location.pathname}${location.search}${hash}`);
}

function sayWhy(error: unknown, open: Import | null, steps: Steps): readonly Node[] {
  const { text, faults } = sayTrouble(error);
  const list = faults.map(fault => element('li', {}, fault));
  const only = onlyUntouched(open, error, steps);
  return [
    element('p', {}, text),
    ...(list.length > 0 ? [element('ul', { 'aria-label': t('error.list') }, ...list)] : []),
    ...(only ? [only] : []),
  ];
}

function header(who: HTMLElement): HTMLElement {
  const toMap = element('a', { href: './' }, t('page.map'));
  return element('header', { class: 'top' }, element('h1', {}, t('page.title')), toMap, languageMenu(choose), who);
}

/** The page is made anew in the language; the open import stands in the address. */
function choose(code: LanguageCode): void {
  if (code === language().code) return;
  rememberLanguage(code);
  const address = new URL(location.href);
  address.searchParams.set('lang', code);
  history.replaceState(null, '', address);
  location.reload();
}

const root = document.getElementById('maintain');
if (root) {
  const asked = languageOf(new URLSearchParams(location.search).get('lang'));
  void speak(asked, [loadTexts, loadPlaces], () => `${t('page.title')} – ${tOfMap('app.name')}`).then(() =>
    start(root),
  );
}
