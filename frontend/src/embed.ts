/** Puts the embedded map together: the map alone, with a small title, its legend on demand and the way to the whole page. */
import 'leaflet/dist/leaflet.css';
import './css/colors.css';
import './css/page.css';
import './css/panel.css';
import './css/map.css';
import './css/sheet.css';
import './css/embed.css';
import { readAddress, writeAddress } from './address';
import { AddressNote } from './address-note';
import { addBasemap } from './basemap/basemap';
import { choicesOf } from './choices';
import { collectionIds } from './collections';
import { CrowdFetch } from './crowd/crowd';
import { sayDate, today } from './dates';
import { Details } from './details/details';
import { element } from './dom';
import { fragmentOf } from './embed/address';
import { zoomWhenMeant } from './embed/wheel';
import { Feeds } from './feeds';
import { Filtered } from './filters/filtered';
import { loadPlaces } from './language/places';
import { speak } from './language/start';
import { AccuracyCircle } from './layers/accuracy';
import { Layers } from './layers/layers';
import { Looks } from './layers/looks';
import { LoadStatus } from './load-status';
import { createMap, mapContainer, shows, viewOf } from './map';
import { LayerSection } from './panel/layer-section';
import { type State, withView } from './state';
import { Store } from './store';
import { t } from './texts';

const asked = () => readAddress(fragmentOf(location.search, location.hash), today());

function start(root: HTMLElement): void {
  const store = new Store<State>(asked());
  const choices = choicesOf(store, today());
  const said = element('p', { class: 'embed-date', role: 'status' });
  const status = new LoadStatus(
    text => {
      said.textContent = text;
    },
    () => feeds.retry(store.state),
  );
  const container = mapContainer();
  const note = new AddressNote();
  note.update(fragmentOf(location.search, location.hash), today());
  const notices = element('div', { class: 'notices' }, note.node, status.alert);
  const stage = element('main', { class: 'stage' }, container, notices);
  const sections = new Map(
    collectionIds.map(id => [
      id,
      new LayerSection(id, on => choices.toggle(id, on), choices.select, choices.toggleFilter),
    ]),
  );
  const whole = element('a', { target: '_blank', rel: 'noopener' }, t('embed.open'));
  const legend = element('details', {}, element('summary', {}, t('embed.legend')));
  legend.append(...[...sections.values()].map(({ node }) => node));
  const aside = element('aside', { class: 'embed-legend', 'aria-label': t('embed.legend') }, legend);
  const title = element('h1', {}, `${t('app.name')} – ${sayDate(store.state.date)}`);
  root.append(element('header', { class: 'embed-head' }, title, said, whole), stage, aside);

  const map = createMap(container, store.state.view);
  zoomWhenMeant(map);
  const details = new Details(map, stage, new AccuracyCircle(map), choices);
  const looks = new Looks(() => layers.redraw());
  const layers = new Layers(map, choices.select, details.choose.bind(details), looks);
  void addBasemap(map).then(labels => labels?.avoid(layers));
  const filtered = new Filtered((collection, drawing) => layers.draw(collection, drawing));
  const crowds = new CrowdFetch(() => store.state.filters);
  const feeds = new Feeds(crowds.answer.bind(crowds), (collection, feed) => {
    looks.setFeed(collection, feed, store.state);
    filtered.setFeed(collection, feed);
    sections.get(collection)?.setFeed(feed, null);
    status.setFeed(collection, feed, store.state);
  });
  const show = (state: State, previous: State | null) => {
    whole.href = `./${writeAddress(state)}`;
    for (const [id, section] of sections) {
      section.setShown(state.layers.includes(id));
      section.setFilters(state.filters);
    }
    filtered.setFilters(state.filters);
    feeds.update(state);
    details.update(state, previous);
  };
  store.subscribe(show);
  map.on('moveend', () => store.change(state => (shows(map, state.view) ? state : withView(state, viewOf(map)))));
  show(store.state, null);
  void feeds.settled().then(async () => {
    const [{ startLive }, { followTogether }] = await Promise.all([import('./live/start'), import('./live/together')]);
    startLive(stage, store, { feeds, details, layers }, Promise.resolve({ offline: false }), followTogether);
  });
}

const root = document.getElementById('embed');
if (root) void speak(asked().lang, [loadPlaces]).then(() => start(root));
