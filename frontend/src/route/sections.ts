/** The CASA-1000 sections as a route: in the order in which electricity would flow, and how far each is. */
import type { Feature } from '../feature';
import { codeOf, number, text } from '../feature';

export interface RouteSection {
  readonly feature: Feature;
  readonly status: string;
  /** As published; null where no length was found. Nothing is measured off the drawing. */
  readonly lengthKm: number | null;
  readonly lengthScope: string | null;
}

/** Where the route is fed, as the project describes it: the line from Datka first, then what hangs on Sangtuda. */
const order = [
  'casa-1000-ac-datka-sughd',
  'casa-1000-ac-regar-sangtuda',
  'casa-1000-hvdc-tj',
  'casa-1000-hvdc-af',
  'casa-1000-hvdc-pk',
] as const;

/** Sections the page does not know come last, each after the one that ends where it begins, else by their id. */
export function sectionsOf(features: readonly Feature[]): RouteSection[] {
  const rank = (feature: Feature) => {
    const at = (order as readonly string[]).indexOf(feature.id);
    return at < 0 ? order.length : at;
  };
  const known = features.filter(feature => rank(feature) < order.length).sort((a, b) => rank(a) - rank(b));
  const others = features.filter(feature => rank(feature) === order.length).sort((a, b) => (a.id < b.id ? -1 : 1));
  const route = [...known];
  for (const other of others) {
    const from = text(other.properties, 'from_node');
    const before = from === null ? -1 : route.findLastIndex(({ properties }) => text(properties, 'to_node') === from);
    if (before < 0) route.push(other);
    else route.splice(before + 1, 0, other);
  }
  return route.map(feature => ({
    feature,
    status: codeOf(feature),
    lengthKm: number(feature.properties, 'length_km'),
    lengthScope: text(feature.properties, 'length_scope'),
  }));
}

export interface Progress {
  readonly status: string;
  readonly sections: number;
  /** The published lengths of these sections together, of those that have one. */
  readonly km: number;
}

/** How far the route is on the date, by status, the most sections first. */
export function progressOf(sections: readonly RouteSection[]): Progress[] {
  const by = new Map<string, Progress>();
  for (const { status, lengthKm } of sections) {
    const before = by.get(status) ?? { status, sections: 0, km: 0 };
    by.set(status, { status, sections: before.sections + 1, km: before.km + (lengthKm ?? 0) });
  }
  return [...by.values()].sort((a, b) => b.sections - a.sections || (a.status < b.status ? -1 : 1));
}

/** The bends of a section from its beginning, in latitude and longitude. */
export function pathOf({ geometry }: Feature): [number, number][] {
  const turned = ([lon = 0, lat = 0]: readonly number[]): [number, number] => [lat, lon];
  if (geometry?.type === 'LineString') return geometry.coordinates.map(turned);
  return geometry?.type === 'MultiLineString' ? geometry.coordinates.flat().map(turned) : [];
}
