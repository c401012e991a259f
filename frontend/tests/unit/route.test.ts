import { describe, expect, it } from 'vitest';
import type { Feature } from '../../src/feature';
import { legsOf } from '../../src/route/flight';
import { pathOf, progressOf, sectionsOf } from '../../src/route/sections';

// Invented rows under the ids of the real sections.
const section = (id: string, properties: Record<string, unknown> = {}): Feature => ({
  id,
  geometry: {
    type: 'LineString',
    coordinates: [
      [70, 38],
      [70, 36],
    ],
  },
  properties,
});

describe('the route', () => {
  it('has its sections in order, whatever order they come in', () => {
    const ids = ['casa-1000-hvdc-pk', 'casa-1000-hvdc-tj', 'casa-1000-ac-datka-sughd', 'casa-1000-hvdc-af'];
    expect(sectionsOf(ids.map(id => section(id))).map(({ feature }) => feature.id)).toEqual([
      'casa-1000-ac-datka-sughd',
      'casa-1000-hvdc-tj',
      'casa-1000-hvdc-af',
      'casa-1000-hvdc-pk',
    ]);
  });

  it('puts a section it does not know after the one that ends where it begins, else last', () => {
    const route = sectionsOf([
      section('zz'),
      section('aa', { from_node: 'border' }),
      section('casa-1000-hvdc-pk'),
      section('casa-1000-hvdc-tj', { to_node: 'border' }),
    ]);
    expect(route.map(({ feature }) => feature.id)).toEqual(['casa-1000-hvdc-tj', 'aa', 'casa-1000-hvdc-pk', 'zz']);
  });

  it('counts sections by status, and only lengths that are published', () => {
    const route = sectionsOf([
      section('a', { status: 'operating', length_km: 100, length_scope: 'all of it' }),
      section('b', { status: 'under_construction', length_drawn_km: 7 }),
      section('c', { status: 'under_construction', length_km: 50 }),
      section('d'),
    ]);
    expect(route.map(({ lengthKm }) => lengthKm)).toEqual([100, null, 50, null]);
    expect(progressOf(route)).toEqual([
      { status: 'under_construction', sections: 2, km: 50 },
      { status: 'operating', sections: 1, km: 100 },
      { status: 'unknown', sections: 1, km: 0 },
    ]);
  });

  it('goes along the bends of a section from its beginning', () => {
    expect(pathOf(section('a'))).toEqual([
      [38, 70],
      [36, 70],
    ]);
    expect(pathOf({ id: 'x', geometry: null, properties: {} })).toEqual([]);
  });
});

describe('a flight', () => {
  it('has legs whose shares are those of the way', () => {
    const legs = legsOf([
      [38, 70],
      [37, 70],
      [37, 70],
      [34, 70],
    ]);
    expect(legs).toEqual([
      { to: [37, 70], share: 0.25 },
      { to: [34, 70], share: 0.75 },
    ]);
  });

  it('has none where there is no way', () => {
    expect(legsOf([[38, 70]])).toEqual([]);
    expect(legsOf([])).toEqual([]);
  });
});
