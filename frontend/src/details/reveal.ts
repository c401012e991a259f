/** How much of the map a sheet covers, so that what is opened can be brought to where it can be seen. */
import type { PointExpression } from 'leaflet';

export interface Edges {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface Padding {
  readonly paddingTopLeft: PointExpression;
  readonly paddingBottomRight: PointExpression;
}

/** Room for a mark and its tooltip. */
const margin = 48;

/** Padding that keeps clear of the sheet: of its side where it is as high as the map, of its top where it is as wide. */
export function paddingBeside(map: Edges, sheet: Edges): Padding {
  const none = { left: 0, right: 0, bottom: 0 };
  const across = Math.min(map.right, sheet.right) - Math.max(map.left, sheet.left);
  const down = Math.min(map.bottom, sheet.bottom) - Math.max(map.top, sheet.top);
  const covered = across <= 0 || down <= 0 ? none : coveredEdges(map, sheet, across, down);
  return {
    paddingTopLeft: [covered.left + margin, margin],
    paddingBottomRight: [covered.right + margin, covered.bottom + margin],
  };
}

function coveredEdges(map: Edges, sheet: Edges, across: number, down: number) {
  const whole = across >= (map.right - map.left) * 0.9;
  // A sheet over all of it leaves nowhere to go.
  const bottom = whole && down < (map.bottom - map.top) * 0.8 ? down : 0;
  if (whole) return { left: 0, right: 0, bottom };
  const atLeft = sheet.left - map.left < map.right - sheet.right;
  return { left: atLeft ? across : 0, right: atLeft ? 0 : across, bottom: 0 };
}
