/** What the parts opened on demand are told of the map: what is in sight, and how to ask for the same. */
import type * as L from 'leaflet';
import type { CollectionId } from '../collections';
import { parametersOf as clockParameters, datetimeOf } from '../feeds';
import { serverFilter } from '../filters/filter';
import type { KnownNames } from '../language/known-names';
import { boxOf } from '../map';
import type { State } from '../state';

export interface Shown {
  readonly state: State;
  readonly map: L.Map;
  /** What the server tells under one name, under that of the language of the page. */
  readonly named?: KnownNames['named'];
}

/**
 * The parameters that ask for what is in sight of a collection, at the date and by the record that are shown. Filters
 * leave incidents out; of the other collections they only dim what they leave, so that it is still shown.
 */
export function parametersOf({ state, map }: Shown, collection: CollectionId): URLSearchParams {
  const parameters = clockParameters(state, datetimeOf(state, collection));
  parameters.set('bbox', boxOf(map));
  const filter = collection === 'incidents' ? serverFilter('incidents', state.filters) : null;
  if (filter !== null) parameters.set('filter', filter);
  return parameters;
}
