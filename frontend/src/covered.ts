/** How much of the map something over it covers, so that what is opened can be brought to where it can be seen. */
export interface Edges {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface Padding {
  readonly paddingTopLeft: [x: number, y: number];
  readonly paddingBottomRight: [x: number, y: number];
}

/** Room for a mark and its tooltip. */
export const margin = 48;
/** What covers more than this of the map at any side leaves nowhere to go. */
const most = 0.8;

/** Padding that keeps clear of what lies over the map: at the side where that takes least of it. */
export function paddingBeside(map: Edges, over: Edges): Padding {
  const room = { left: margin, top: margin, right: margin, bottom: margin };
  const [width, height] = [map.right - map.left, map.bottom - map.top];
  const across = Math.min(map.right, over.right) - Math.max(map.left, over.left);
  const down = Math.min(map.bottom, over.bottom) - Math.max(map.top, over.top);
  const covered = [
    ['left', over.right - map.left, width],
    ['right', map.right - over.left, width],
    ['top', over.bottom - map.top, height],
    ['bottom', map.bottom - over.top, height],
  ] as const;
  const [side, pixels, of] = covered.reduce((least, next) => (next[1] / next[2] < least[1] / least[2] ? next : least));
  if (across > 0 && down > 0 && pixels < of * most) room[side] += pixels;
  return { paddingTopLeft: [room.left, room.top], paddingBottomRight: [room.right, room.bottom] };
}
