/** How far around an item incidents are looked for, in metres. */
export const radii = [5_000, 10_000, 25_000, 50_000, 100_000] as const;
export const usualRadius = 25_000;
