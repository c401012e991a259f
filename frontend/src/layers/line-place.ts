import * as L from 'leaflet';
import { roomOf } from '../in-sight';

/** The middle of the longest stretch of a line that is clear on the map; where none is, its point nearest to the map's middle. */
export function placeOnLine(map: L.Map, path: readonly (readonly L.LatLng[])[]): L.LatLng | null {
  const size = map.getSize();
  const { paddingTopLeft, paddingBottomRight } = roomOf(map);
  const clear = L.bounds(L.point(paddingTopLeft), size.subtract(paddingBottomRight));
  const middle = size.divideBy(2);
  let [nearest, longest]: [L.Point | null, number] = [null, 0];
  for (const part of path) {
    const points = part.map(at => map.latLngToContainerPoint(at));
    for (const [i, point] of points.entries()) {
      if (longest === 0 && (nearest === null || point.distanceTo(middle) < nearest.distanceTo(middle))) nearest = point;
      const next = points[i + 1];
      const stretch = next && L.LineUtil.clipSegment(point, next, clear);
      if (!stretch) continue;
      const length = stretch[0].distanceTo(stretch[1]);
      if (length > longest) [nearest, longest] = [stretch[0].add(stretch[1]).divideBy(2), length];
    }
  }
  return nearest && map.containerPointToLatLng(nearest);
}
