/** A flight along a line, leg by leg. Distances are those of the map, not of the ground. */
export type LatLng = readonly [lat: number, lng: number];

export interface Leg {
  readonly to: LatLng;
  /** Its share of the whole way: all legs together are 1. */
  readonly share: number;
}

/** The legs from the beginning of a path to its end; a path of one place has none. */
export function legsOf(path: readonly LatLng[]): Leg[] {
  const lengths = path.slice(1).map((to, i) => distance(path[i] ?? to, to));
  const whole = lengths.reduce((sum, length) => sum + length, 0);
  return path.slice(1).flatMap((to, i) => {
    const length = lengths[i] ?? 0;
    return length === 0 ? [] : [{ to, share: length / whole }];
  });
}

/** A degree of longitude is shorter than one of latitude. */
function distance(a: LatLng, b: LatLng): number {
  const narrow = Math.cos((((a[0] + b[0]) / 2) * Math.PI) / 180);
  return Math.hypot(a[0] - b[0], (a[1] - b[1]) * narrow);
}
