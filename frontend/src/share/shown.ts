/** What the parts opened on demand are told of the map: what is in sight, and how to ask for the same. */
import type * as L from 'leaflet';
import type { CollectionId } from '../collections';
import { parametersOf as clockParameters, datetimeOf } from '../feeds';
import { boxOf } from '../map';
import type { State } from '../state';

export interface Shown {
  readonly state: State;
  readonly map: L.Map;
}

/** The parameters that ask for what is in sight of a collection, at the date and by the record that are shown. */
export function parametersOf({ state, map }: Shown, collection: CollectionId): URLSearchParams {
  const parameters = clockParameters(state, datetimeOf(state, collection));
  parameters.set('bbox', boxOf(map));
  return parameters;
}
