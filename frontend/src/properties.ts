/** Which properties the map asks for: those it draws, names, lists or filters by. Details ask for all of one item. */
import type { CollectionId } from './collections';

const names = ['name_en', 'name_tg', 'name_ru', 'name_fa'];
const status = ['status', 'status_since', 'status_since_precision', 'status_basis', 'status_sources'];
const sides = [...names, 'side_a_country', 'side_b_country', 'position_accuracy_m', ...status];
const route = [...names, 'voltage_kv', 'from_country', 'to_country', 'geometry_accuracy_m', ...status];
const time = ['start_date', 'start_precision', 'end_date', 'end_precision'];

export const mapProperties: Readonly<Record<CollectionId, readonly string[]>> = {
  crossings: sides,
  bazaars: sides,
  'transmission-lines': route,
  'casa-1000': route,
  'power-facilities': [...names, 'kind', 'country', 'capacity_mw', 'position_accuracy_m', ...status],
  incidents: ['title', 'category', 'country', 'confidence', 'position_accuracy_m', ...time],
};

/** Of the incidents near an item; the server adds the distance. */
export const nearProperties: readonly string[] = ['title', 'category', ...time];
