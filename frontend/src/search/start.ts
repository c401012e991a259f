/** Ties the search to the map: what becomes of a choice. */
import type * as L from 'leaflet';
import { Mark } from '../layers/mark';
import { markIcon } from '../layers/mark-icon';
import { Tooltip } from '../layers/tooltip';
import { boxAround } from '../list/in-view';
import { type State, withChosen, withItem, withLayer } from '../state';
import type { Store } from '../store';
import { placeMark } from '../symbols';
import { t } from '../texts';
import type { SearchBox } from './box';
import { type Place, sayPlace } from './coordinates';
import type { Entry } from './entries';
import { type Choice, isOnMap } from './option';
import { Search } from './search';

const itemZoom = 9; // both banks of the river in sight
const placeZoom = 11;
const markSize = 30;

export function startSearch(box: SearchBox, map: L.Map, store: Store<State>): Search {
  let pin: Mark | null = null;
  const takeAway = () => {
    pin?.marker.remove();
    pin = null;
  };
  const choose = (choice: Choice, entries: readonly Entry[]) => {
    takeAway();
    if (choice.kind === 'item') openItem(choice.entry, map, store);
    else if (choice.kind === 'country') showCountry(choice.code, entries, map, store);
    else pin = showPlace(choice.place, map, takeAway);
  };
  return new Search(box, { state: () => store.state, choose });
}

/** An item is opened whether or not its layer was shown, so the layer is. */
function openItem({ key, geometry }: Entry, map: L.Map, store: Store<State>): void {
  const box = boxAround([geometry]);
  if (box !== null && geometry?.type === 'Point') {
    map.setView([box.south, box.west], Math.max(map.getZoom(), itemZoom), { animate: false });
  } else if (box !== null) {
    map.fitBounds(boundsOf(box), { animate: false });
  }
  store.change(state => withItem(withLayer(state, key.collection, true), key));
}

/** A country is no item here: the map goes to what lies in it or at its border, and lists it. */
function showCountry(code: string, entries: readonly Entry[], map: L.Map, store: Store<State>): void {
  const box = boxAround(entries.filter(({ countries }) => countries.includes(code)).map(({ geometry }) => geometry));
  if (box !== null) map.fitBounds(boundsOf(box), { animate: false });
  store.change(state => withChosen(state, 'list', true));
}

function showPlace(place: Place, map: L.Map, onSelect: () => void): Mark | null {
  if (!isOnMap(place)) return null;
  const at: L.LatLngTuple = [place.lat, place.lon];
  map.setView(at, Math.max(map.getZoom(), placeZoom), { animate: false });
  const options = {
    at,
    icon: markIcon(placeMark(markSize), markSize),
    label: t('search.place', { place: sayPlace(place) }),
    detail: t('search.takeAway'),
    onSelect,
  };
  const pin = new Mark(options, new Tooltip(map));
  pin.marker.addTo(map);
  return pin;
}

function boundsOf(box: { south: number; west: number; north: number; east: number }): L.LatLngBoundsLiteral {
  return [
    [box.south, box.west],
    [box.north, box.east],
  ];
}
