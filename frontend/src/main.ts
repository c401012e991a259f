/** Puts the page together: one store, the feeds that answer it, and the parts that show it. */
import 'leaflet/dist/leaflet.css';
import 'nouislider/dist/nouislider.css';
import './css/colors.css';
import './css/page.css';
import './css/panel.css';
import './css/language.css';
import './css/timebar.css';
import './css/map.css';
import './css/details.css';
import './css/share.css';
import './css/print.css';
import { readAddress } from './address';
import { followAddress } from './address-bar';
import { fetchItems, fetchSchema } from './api';
import { addBasemap } from './basemap/basemap';
import { collectionIds } from './collections';
import { addMonths, today } from './dates';
import { Details } from './details/details';
import { narrowWidth } from './details/frame';
import { button, element } from './dom';
import type { ItemKey } from './feature';
import { Feeds } from './feeds';
import { remember } from './language/choose';
import { language } from './language/current';
import { languageMenu } from './language/menu';
import { speak } from './language/start';
import { AccuracyCircle } from './layers/accuracy';
import { Layers } from './layers/layers';
import { startLive } from './live/start';
import { LoadStatus } from './load-status';
import { createMap, mapContainer, shows, viewOf } from './map';
import { startOffline } from './offline/start';
import { Panel } from './panel/panel';
import { tools } from './share/tools';
import { withDate, withItem, withLanguage, withLayer, withPeriod, withView } from './state';
import { Store } from './store';
import { t } from './texts';
import { Player } from './time/player';
import { Timebar } from './time/timebar';

function start(root: HTMLElement): void {
  const now = today();
  const store = new Store(readAddress(location.hash, now));
  const select = (item: ItemKey | null) => store.change(state => withItem(state, item));
  const setDate = (date: string) => store.change(state => withDate(state, date, now));

  const panel = new Panel(
    {
      toggle: (collection, shown) => store.change(state => withLayer(state, collection, shown)),
      setPeriod: period => store.change(state => withPeriod(state, period)),
      select,
    },
    innerWidth >= narrowWidth,
  );
  const timebar = new Timebar(
    store.state.date,
    now,
    {
      setDate: date => {
        player.stop();
        setDate(date);
      },
      togglePlay: () => player.toggle(),
    },
    panel.opener,
  );
  const status = new LoadStatus(
    text => timebar.say(text),
    () => feeds.retry(store.state),
  );
  const container = mapContainer();
  const stage = element('main', { class: 'stage' }, container, status.alert);
  const languages = languageMenu(code => {
    remember(code);
    store.change(state => withLanguage(state, code));
  });
  root.append(skipButton(container), brand(languages), panel.node, stage, timebar.node);

  panel.addTools(tools(() => ({ state: store.state, map })));

  const map = createMap(container, store.state.view);
  const details = new Details(map, stage, new AccuracyCircle(map), select);
  const layers = new Layers(map, select, (features, at) => details.choose(features, at));
  void addBasemap(map).then(labels => labels?.avoid(layers));

  const feeds = new Feeds(fetchItems, (collection, feed) => {
    // What failed is taken off: symbols of another date would be wrong.
    if (feed.phase !== 'busy') layers.draw(collection, feed.phase === 'ready' ? feed.answer.features : []);
    panel.setFeed(collection, feed);
    status.setFeed(collection, feed, store.state);
  });
  const player = new Player({
    step: () => {
      const before = store.state.date;
      setDate(addMonths(before, 1));
      return store.state.date !== before;
    },
    settled: () => feeds.settled(),
    onChange: playing => timebar.setPlaying(playing),
  });

  store.subscribe((state, previous) => {
    panel.update(state);
    timebar.setDate(state.date);
    feeds.update(state);
    details.update(state, previous);
    // A view that did not come from the map itself: back, forward, a typed address.
    if (!shows(map, state.view)) map.setView([state.view.lat, state.view.lon], state.view.zoom);
  });
  map.on('moveend', () => store.change(state => (shows(map, state.view) ? state : withView(state, viewOf(map)))));
  followAddress(store, now);
  // After the address is written: another language is the same state on a page made anew.
  store.subscribe(({ lang }, previous) => {
    if (lang !== previous.lang && lang !== null && lang !== language().code) location.reload();
  });

  panel.update(store.state);
  timebar.setDate(store.state.date);
  feeds.update(store.state);
  details.update(store.state, null);
  void loadSchemas(panel);
  const offline = startOffline(stage);
  startLive(stage, store, feeds, details, () => {
    // The server is back: what was kept of earlier is asked for again.
    void offline.then(bar => bar.offline && feeds.refresh(store.state, collectionIds));
  });
}

/** The legend's names; each collection's arrives when it arrives, and a missing one costs nothing but its names. */
async function loadSchemas(panel: Panel): Promise<void> {
  const { signal } = new AbortController();
  const load = async (id: (typeof collectionIds)[number]) => panel.setSchema(id, await fetchSchema(id, signal));
  await Promise.allSettled(collectionIds.map(load));
}

/** Above the panel, or over the map where the panel is not open. */
function brand(languages: HTMLElement): HTMLElement {
  const title = element('div', { class: 'brand-line' }, element('h1', {}, t('app.name')), languages);
  return element('header', { class: 'brand' }, title, element('p', {}, t('app.tagline')));
}

function skipButton(map: HTMLElement): HTMLElement {
  // A button, because the fragment of a link is where the state stands.
  return button({ class: 'skip' }, () => map.focus(), t('app.skip'));
}

const root = document.getElementById('app');
if (root) void speak(readAddress(location.hash, today()).lang).then(() => start(root));
