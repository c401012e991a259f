/** Which names the basemap shows, where, and from which zoom. */
import type { Feature as GeoFeature, Point, Position } from 'geojson';
import { placeName, riverName } from '../language/places';
import { type Key, t } from '../texts';
import type { LineProperties } from './style';

export type LabelKind = 'country' | 'capital' | 'city' | 'town' | 'river';

export interface Label {
  readonly kind: LabelKind;
  readonly text: string;
  readonly minZoom: number;
  readonly maxZoom: number;
  /** Smaller is drawn first, and wins the place. */
  readonly rank: number;
  /** Where the name may stand: one point, or the bends of a river to choose from. */
  readonly points: readonly Position[];
}

/** From which zoom a place of a Natural Earth rank is named. */
const zoomOfRank = [4, 4, 5, 5, 6, 6, 6.5, 7.5, 8.5, 9, 9.5] as const;
const farthest = 20;

// Where there is room for the name, not the middle of the country.
const countries: readonly { readonly key: Key; readonly at: Position }[] = [
  { key: 'country.TJ', at: [70.9, 38.75] },
  { key: 'country.AF', at: [67.2, 35.1] },
  { key: 'country.UZ', at: [64.6, 40.9] },
  { key: 'country.TM', at: [60.5, 38.9] },
  { key: 'country.KG', at: [74.6, 41.6] },
  { key: 'country.KZ', at: [68.5, 44.2] },
  { key: 'country.PK', at: [70.6, 31.2] },
  { key: 'country.IR', at: [58.2, 34.2] },
  { key: 'country.CN', at: [77.6, 38.2] },
  { key: 'country.IN', at: [77.2, 31.4] },
];

export function countryLabels(): Label[] {
  return countries.map(({ key, at }) => ({
    kind: 'country',
    text: t(key).toUpperCase(),
    minZoom: 3,
    maxZoom: 8,
    rank: 3,
    points: [at],
  }));
}

// The basemap file keeps no mark for capitals.
const capitals = new Set(['Dushanbe', 'Kabul', 'Tashkent', 'Bishkek', 'Ashgabat', 'Islamabad']);

export function placeLabels(places: readonly GeoFeature<Point, LineProperties>[]): Label[] {
  return places.flatMap(({ geometry, properties }): Label[] => {
    const { name, scalerank = 10 } = properties;
    if (!name) return [];
    const capital = capitals.has(name);
    return [
      {
        kind: capital ? 'capital' : scalerank <= 6 ? 'city' : 'town',
        text: placeName(name),
        minZoom: capital ? 3 : (zoomOfRank[scalerank] ?? 10),
        maxZoom: farthest,
        rank: capital ? 0 : 1 + scalerank,
        points: [geometry.coordinates],
      },
    ];
  });
}

export function riverLabels(rivers: readonly GeoFeature[]): Label[] {
  return rivers.flatMap(({ geometry, properties }): Label[] => {
    const { name, scalerank = 9 } = (properties ?? {}) as LineProperties;
    if (!name) return [];
    const lines =
      geometry.type === 'LineString'
        ? [geometry.coordinates]
        : geometry.type === 'MultiLineString'
          ? geometry.coordinates
          : [];
    // Natural Earth writes "Amu  Darya" with two spaces.
    const label = { kind: 'river', text: riverName(name.replace(/\s+/g, ' ')), maxZoom: farthest, rank: 6 } as const;
    return [{ ...label, minZoom: scalerank <= 5 ? 5.5 : 7, points: lines.flat() }];
  });
}
