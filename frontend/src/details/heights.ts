/** The three heights of the sheet on a phone, and where a drag that is let go comes to rest. */
export const heights = ['peek', 'half', 'full'] as const;
export type Height = (typeof heights)[number];

/** As shares of the room there is; the style sheet says the same. */
const shares: Readonly<Record<Height, number>> = { peek: 0.2, half: 0.56, full: 1 };

/** Pixels a millisecond: a flick goes on in its direction, however short it was. */
const flick = 0.5;

/** The height nearest to a share of the room, or the next one in the direction of a flick (upwards is positive). */
export function restingHeight(share: number, speed: number, from: Height): Height {
  if (Math.abs(speed) >= flick) return neighbour(from, speed > 0 ? 1 : -1);
  return heights.reduce((best, height) =>
    Math.abs(shares[height] - share) < Math.abs(shares[best] - share) ? height : best,
  );
}

export function neighbour(height: Height, by: 1 | -1): Height {
  return heights[heights.indexOf(height) + by] ?? height;
}

/** A press goes up, and from the top back to the lowest. */
export function nextHeight(height: Height): Height {
  return height === 'full' ? 'peek' : neighbour(height, 1);
}
