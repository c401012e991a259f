/** Puts the page together: one store, the feeds that answer it, and the parts that show it. */
import './styles';
import { readAddress } from './address';
import { followAddress } from './address-bar';
import { AddressNote } from './address-note';
import { fetchSources } from './api';
import { addBasemap } from './basemap/basemap';
import { OnlineMap } from './basemap/online';
import { choicesOf } from './choices';
import { Comparison } from './compare/comparison';
import { CrowdFetch } from './crowd/crowd';
import { addMonths, today } from './dates';
import { Details } from './details/details';
import { hasRoom } from './details/frame';
import { element } from './dom';
import { Feeds } from './feeds';
import { Filtered } from './filters/filtered';
import { brand, skipButtons } from './header';
import { remember } from './language/choose';
import { KnownNames } from './language/known-names';
import { languageMenu, reloadInOtherLanguage } from './language/menu';
import { loadPlaces } from './language/places';
import { speak } from './language/start';
import { AccuracyCircle } from './layers/accuracy';
import { Layers } from './layers/layers';
import { Looks } from './layers/looks';
import { ListView } from './list/list-view';
import { LoadStatus } from './load-status';
import { boxOf, createMap, mapContainer, shows, viewOf } from './map';
import { Moment } from './moment';
import { startOffline } from './offline/start';
import { Panel } from './panel/panel';
import { loadSchemas } from './panel/schemas';
import { clockParts } from './recorded/parts';
import { Route } from './route/route';
import { searchBox } from './search/box';
import { Tools } from './share/tools';
import { type State, withView } from './state';
import { Store } from './store';
import { CrowdAges } from './time/crowd-ages';
import { InViewFeed } from './time/in-view';
import { Player, paces } from './time/player';
import { SourceDates } from './time/source-dates';
import { stepping } from './time/stepping';
import { Timebar } from './time/timebar';

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
  // What the map can be read without waits until it is drawn: on a slow line it has the line to itself.
  const drawn = new Moment();
  const panel = new Panel(choices, hasRoom());
  const clocks = clockParts(choices.setRecorded);
  panel.node.append(...clocks.nodes);
  const timebar = new Timebar(
    store.state,
    now,
    {
      ...choices,
      setDate,
      drawn: drawn.come,
      togglePlay: () => player.toggle(),
      setCompare: compare => setCompare(compare ? addMonths(store.state.date, -12) : null),
    },
    panel.opener,
  );
  const status = new LoadStatus(timebar.say.bind(timebar), () => feeds.retry(store.state));
  const container = mapContainer();
  const search = searchBox(async box => (await import('./search/start')).startSearch(box, map, store));
  const addressNote = new AddressNote();
  const notices = element('div', { class: 'notices' }, addressNote.node, status.alert);
  const stage = element('main', { class: 'stage' }, container, notices);
  const languages = languageMenu(code => {
    remember(code);
    choices.setLanguage(code);
  });
  timebar.node.prepend(clocks.banner);
  const head = brand(languages, search.node);
  root.append(...skipButtons(container, timebar.node), head, panel.node, stage, timebar.node);

  const tools = new Tools(() => ({ state: store.state, map, named: names.named }), choices.setCharts);
  panel.addTools(tools.node);

  const map = createMap(container, store.state.view);
  const details = new Details(map, stage, new AccuracyCircle(map), { ...choices, setDate });
  const list = new ListView(map, stage, store.state, { ...choices, setOpen: choices.setList });
  head.append(list.opener);
  const names = new KnownNames();
  const sayFaded = () => clocks.fadeLegend.update(looks.faded());
  const looks = new Looks(
    () => {
      layers.redraw();
      sayFaded();
    },
    learnt => new SourceDates(learnt, fetchSources, drawn.come),
    new CrowdAges(sayFaded, drawn.come),
  );
  const layers = new Layers(map, select, details.choose.bind(details), looks);
  const basemap = addBasemap(map).then(labels => labels?.avoid(layers));

  const online = new OnlineMap(map, choices.setOnline);
  panel.node.append(online.node);
  const route = new Route(map, id => select({ collection: 'casa-1000', id }));
  panel.extraOf('casa-1000')?.append(route.node);
  const filtered = new Filtered((collection, drawing) => {
    layers.draw(collection, drawing);
    if (collection === 'casa-1000') route.draw(drawing.features);
  });
  const crowds = new CrowdFetch(() => store.state.filters);
  const feeds = new Feeds(crowds.answer.bind(crowds), (collection, feed) => {
    names.setFeed(collection, feed);
    looks.setFeed(collection, feed, store.state);
    comparison.setFeed(collection, feed);
    filtered.setFeed(collection, feed);
    panel.setFeed(collection, feed);
    list.setFeed(collection, feed);
    status.setFeed(collection, feed, store.state);
    sayFaded();
  });
  const player = new Player({
    ...stepping(timebar, store, choices.setDate),
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
    show: looks.compare.bind(looks),
    failed: error => status.warn(error),
  });
  const update = (state: State): void => {
    panel.update(state);
    clocks.update(state);
    timebar.update(state);
    player.beat = paces[state.pace];
    // What charts are of stands still under them.
    if (state.charts !== null) player.stop();
    tools.update(state);
    filtered.setFilters(state.filters);
    online.update(state.online);
    feeds.update(state);
    status.update(state);
    if (drawn.past) inView.update(state);
    comparison.update(state);
  };

  store.subscribe((state, previous) => {
    update(state);
    details.update(state, previous);
    list.update(state);
    // A view that did not come from the map itself: back, forward, a typed address.
    if (!shows(map, state.view)) map.setView([state.view.lat, state.view.lon], state.view.zoom);
  });
  map.on('moveend', () => {
    store.change(state => (shows(map, state.view) ? state : withView(state, viewOf(map))));
    // A view that the state asked for changes nothing in it.
    if (drawn.past) inView.update(store.state);
    tools.update(store.state);
  });
  followAddress(store, now, addressNote.update.bind(addressNote));
  // After the address is written: another language is the same state on a page made anew.
  reloadInOtherLanguage(store);

  update(store.state);
  details.update(store.state, null);
  list.update(store.state);
  const offline = startOffline(notices);
  void Promise.all([feeds.settled(), basemap]).then(() => {
    drawn.tell();
    inView.update(store.state);
    void loadSchemas(panel);
    void import('./share/print-page').then(({ followPrint }) => followPrint(container, () => store.state));
    void import('./live/start').then(({ startLive }) =>
      startLive(stage, store, { feeds, inView, comparison, details, layers, search, tools }, offline),
    );
  });
}

const root = document.getElementById('app');
if (root) void speak(readAddress(location.hash, today()).lang, [loadPlaces]).then(() => start(root));
