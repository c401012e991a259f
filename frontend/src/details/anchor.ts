import type { Geometry, Position } from 'geojson';
import * as L from 'leaflet';

/** Where details point at: the point itself, or the middle bend of a line. */
export function anchorOf(geometry: Geometry | null): L.LatLng | null {
  const position = anchorPosition(geometry);
  const [lon, lat] = position ?? [];
  return lon === undefined || lat === undefined ? null : L.latLng(lat, lon);
}

function anchorPosition(geometry: Geometry | null): Position | undefined {
  switch (geometry?.type) {
    case 'Point':
      return geometry.coordinates;
    case 'LineString':
      return middle(geometry.coordinates);
    case 'MultiLineString':
      return middle(geometry.coordinates.flat());
    default:
      return undefined;
  }
}

function middle(positions: readonly Position[]): Position | undefined {
  return positions[Math.floor(positions.length / 2)];
}
