/** What the parts opened on demand are told of the map: what is in sight, and how to ask for the same. */
import type * as L from 'leaflet';
import type { CollectionId } from '../collections';
import { question } from '../feeds';
import type { State } from '../state';

export interface Shown {
  readonly state: State;
  readonly map: L.Map;
}

/** West, south, east, north of what is in sight, in degrees with about ten metres of room. */
export function boxOf(map: L.Map): string {
  const box = map.getBounds();
  return [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()].map(side => side.toFixed(4)).join(',');
}

/** The parameters that ask for what is in sight of a collection. */
export function parametersOf(shown: Shown, collection: CollectionId): URLSearchParams {
  const datetime = question(shown.state, collection) ?? shown.state.date;
  return new URLSearchParams({ datetime, bbox: boxOf(shown.map) });
}
