/** Puts the page together: one store, the feeds that answer it, and the parts that show it. */
import 'leaflet/dist/leaflet.css';
import 'nouislider/dist/nouislider.css';
import './css/colors.css';
import './css/page.css';
import './css/panel.css';
import './css/language.css';
import './css/timebar.css';
import './css/timeline.css';
import './css/map.css';
import './css/share.css';
import './css/print.css';
import './css/sheet.css';
import './css/find.css';
import { readAddress } from './address';
import { followAddress } from './address-bar';
import { addBasemap } from './basemap/basemap';
import { OnlineMap } from './basemap/online';
import { choicesOf } from './choices';
import { collectionIds } from './collections';
import { Comparison } from './compare/comparison';
import { CrowdFetch, crowdFilters } from './crowd/crowd';
import { addMonths, today } from './dates';
import { Details } from './details/details';
import { narrowWidth } from './details/frame';
import { element } from './dom';
import { Feeds } from './feeds';
import { Filtered } from './filters/filtered';
import { brand, skipButton } from './header';
import { remember } from './language/choose';
import { language } from './language/current';
import { KnownNames } from './language/known-names';
import { languageMenu } from './language/menu';
import { loadPlaces } from './language/places';
import { speak } from './language/start';
import { AccuracyCircle } from './layers/accuracy';
import { Layers } from './layers/layers';
import { Looks } from './layers/looks';
import { ListView } from './list/list-view';
import { startLive } from './live/start';
import { LoadStatus } from './load-status';
import { boxOf, createMap, mapContainer, shows, viewOf } from './map';
import { startOffline } from './offline/start';
import { Panel } from './panel/panel';
import { loadSchemas } from './panel/schemas';
import { clockParts } from './recorded/parts';
import { Route } from './route/route';
import { searchBox } from './search/box';
import { tools } from './share/tools';
import { type State, withView } from './state';
import { Store } from './store';
import { InViewFeed } from './time/in-view';
import { Player, paces } from './time/player';
import { type Stride, Timebar } from './time/timebar';

function start(root: HTMLElement): void {
  const now = today();
  const store = new Store(readAddress(location.hash, now));
  const choices = choicesOf(store, now);
  const { select, setCompare } = choices;
  // A date that is chosen ends the playing of dates.
  const setDate = (date: string): void => {
    player.stop();
    choices.setDate(date);
  };
  let stride: Stride = 'month';

  const panel = new Panel(choices, innerWidth >= narrowWidth);
  const clocks = clockParts(choices.setRecorded);
  panel.node.append(...clocks.nodes);
  const timebar = new Timebar(
    store.state,
    now,
    {
      setDate,
      togglePlay: () => player.toggle(),
      setPeriod: choices.setPeriod,
      setPace: pace => {
        player.beat = paces[pace];
      },
      setStride: chosen => {
        stride = chosen;
      },
      setCompare: compare => setCompare(compare ? addMonths(store.state.date, -12) : null),
    },
    panel.opener,
  );
  const status = new LoadStatus(
    text => timebar.say(text),
    () => feeds.retry(store.state),
  );
  const container = mapContainer();
  const search = searchBox(async box => (await import('./search/start')).startSearch(box, map, store));
  const stage = element('main', { class: 'stage' }, container, status.alert);
  const languages = languageMenu(code => {
    remember(code);
    choices.setLanguage(code);
  });
  timebar.node.prepend(clocks.banner);
  const head = brand(languages, search.node);
  root.append(skipButton(container), head, panel.node, stage, timebar.node);

  panel.addTools(tools(() => ({ state: store.state, map })));

  const map = createMap(container, store.state.view);
  const details = new Details(map, stage, new AccuracyCircle(map), { select, setDate });
  const list = new ListView(map, stage, store.state, { select, setOpen: choices.setList });
  head.append(list.opener);
  const names = new KnownNames();
  const looks = new Looks(() => {
    layers.redraw();
    clocks.fadeLegend.update(looks.faded());
  });
  const layers = new Layers(map, select, (features, at) => details.choose(features, at), looks.of);
  const basemap = addBasemap(map).then(labels => labels?.avoid(layers));

  const online = new OnlineMap(map, choices.setOnline);
  panel.node.append(online.node);
  const route = new Route(map, id => select({ collection: 'casa-1000', id }));
  panel.extraOf('casa-1000')?.append(route.node);
  const filtered = new Filtered((collection, drawing) => {
    layers.draw(collection, drawing);
    if (collection === 'casa-1000') route.draw(drawing.features);
  });
  const crowds = new CrowdFetch(() => crowdFilters(store.state.filters));
  const feeds = new Feeds(crowds.answer.bind(crowds), (collection, feed) => {
    names.setFeed(collection, feed);
    looks.setFeed(collection, feed, store.state);
    comparison.setFeed(collection, feed);
    filtered.setFeed(collection, feed);
    panel.setFeed(collection, feed);
    list.setFeed(collection, feed);
    status.setFeed(collection, feed, store.state);
    clocks.fadeLegend.update(looks.faded());
  });
  const player = new Player({
    step: () => {
      const before = store.state.date;
      choices.setDate(stride === 'month' ? addMonths(before, 1) : (timebar.nextChange() ?? before));
      return store.state.date !== before;
    },
    settled: () => feeds.settled(),
    onChange: playing => timebar.setPlaying(playing),
  });

  const inView = new InViewFeed(
    () => boxOf(map),
    now,
    found => timebar.setInView({ ...found, changes: found.changes.map(names.named) }),
  );
  const comparison = new Comparison({
    host: stage,
    box: () => boxOf(map),
    setCompare,
    swap: choices.swapDates,
    select,
    named: names.named,
    show: differences => looks.compare(differences),
    failed: error => status.warn(error),
  });
  const update = (state: State): void => {
    panel.update(state);
    clocks.update(state);
    timebar.update(state);
    filtered.setFilters(state.filters);
    online.update(state.online);
    feeds.update(state);
    inView.update(state);
    comparison.update(state);
  };

  store.subscribe((state, previous) => {
    update(state);
    details.update(state, previous);
    list.update(state);
    // A view that did not come from the map itself: back, forward, a typed address.
    if (!shows(map, state.view)) map.setView([state.view.lat, state.view.lon], state.view.zoom);
  });
  map.on('moveend', () => store.change(state => (shows(map, state.view) ? state : withView(state, viewOf(map)))));
  followAddress(store, now);
  // After the address is written: another language is the same state on a page made anew.
  store.subscribe(({ lang }, previous) => {
    if (lang !== previous.lang && lang !== null && lang !== language().code) location.reload();
  });

  update(store.state);
  details.update(store.state, null);
  list.update(store.state);
  // The names of codes can wait until the map is drawn: on a slow line it has the line to itself.
  void Promise.all([feeds.settled(), basemap]).then(() => loadSchemas(panel));
  const offline = startOffline(stage);
  startLive(stage, store, feeds, details, () => {
    // The server is back: what was kept of earlier is asked for again.
    void offline.then(bar => bar.offline && feeds.refresh(store.state, collectionIds));
  });
}

const root = document.getElementById('app');
if (root) void speak(readAddress(location.hash, today()).lang, [loadPlaces]).then(() => start(root));
