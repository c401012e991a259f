/** Width of a line by its voltage: the first row whose floor is reached. */
const table: readonly { readonly fromKv: number; readonly width: number }[] = [
  { fromKv: 500, width: 4.5 },
  { fromKv: 300, width: 3.5 },
  { fromKv: 200, width: 2.8 },
  { fromKv: 0, width: 2 },
];

/** A line whose voltage is not known is drawn thin, not invisible. */
export function widthOf(voltageKv: number | null): number {
  const row = table.find(({ fromKv }) => (voltageKv ?? 0) >= fromKv);
  return row?.width ?? 2;
}

/** What the legend shows. */
export const voltageClasses = [500, 220, 110] as const; // kilovolts

/** From this inaccuracy on a line is a sketch between known ends, and is dashed. */
export const schematicFromMetres = 1000;
