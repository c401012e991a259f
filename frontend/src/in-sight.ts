/** Keeps what is opened, or has the keyboard's focus, out from under what lies over the map. */
import type * as L from 'leaflet';
import { type Edges, margin, type Padding, paddingBeside } from './covered';

/** From the middle of a mark to where the ring around it ends, in pixels. */
const reach = 24;

export function bringIntoSight(map: L.Map, at: L.LatLng): void {
  map.panInside(at, roomOf(map));
}

/** What to leave free at each side: room for the mark, for Leaflet's corners, and for what lies over it. */
export function roomOf(map: L.Map): Padding {
  const container = map.getContainer();
  const view = container.getBoundingClientRect();
  const room = { left: margin, top: margin, right: margin, bottom: margin };
  for (const node of document.querySelectorAll('.sheet, .compare, .brand')) {
    const { paddingTopLeft: start, paddingBottomRight: end } = paddingBeside(view, node.getBoundingClientRect());
    widen(room, { left: start[0], top: start[1], right: end[0], bottom: end[1] });
  }
  for (const corner of container.querySelectorAll('.leaflet-top, .leaflet-bottom')) {
    const { width, height } = corner.getBoundingClientRect();
    if (corner.matches('.leaflet-bottom')) widen(room, { bottom: height + reach });
    else widen(room, corner.matches('.leaflet-left') ? { left: width + reach } : { right: width + reach });
  }
  // Between two panels on a narrow map nothing is free.
  if (room.left + room.right > view.width) [room.left, room.right] = [margin, margin];
  return { paddingTopLeft: [room.left, room.top], paddingBottomRight: [room.right, room.bottom] };
}

type Room = { -readonly [side in keyof Edges]: number };

function widen(room: Room, by: Partial<Edges>): void {
  for (const [side, least] of Object.entries(by) as [keyof Edges, number][]) room[side] = Math.max(room[side], least);
}
