/** Width of a line by its voltage: the first row whose floor is reached. The last takes what is known and lower. */
const table = [
  { code: '500', fromKv: 500, width: 4.5 },
  { code: '300', fromKv: 300, width: 3.5 },
  { code: '220', fromKv: 200, width: 2.8 },
  { code: '110', fromKv: 100, width: 2 },
  { code: 'low', fromKv: 0, width: 1.6 },
] as const;

const unknownWidth = 1.6;

/** A line whose voltage is not known is drawn thin, not invisible. */
export function widthOf(voltageKv: number | null): number {
  return rowOf(voltageKv)?.width ?? unknownWidth;
}

/** The class of a voltage, by which lines are filtered; unknown is a class of its own. */
export function voltageClassOf(voltageKv: number | null): string {
  return rowOf(voltageKv)?.code ?? 'unknown';
}

/** From which voltage on a class reaches, and below which; null where it has no end. A class that is not known has none. */
export function voltageSpan(code: string): readonly [from: number | null, below: number | null] {
  const at = table.findIndex(row => row.code === code);
  return [table[at]?.fromKv ?? null, table[at - 1]?.fromKv ?? null];
}

/** The classes from the widest, with what the legend draws for each. */
export const voltageClasses: readonly { readonly code: string; readonly width: number }[] = table;

function rowOf(voltageKv: number | null) {
  return voltageKv === null ? undefined : table.find(({ fromKv }) => voltageKv >= fromKv);
}

/** From this inaccuracy on a line is a sketch between known ends, and looks like one. */
export const schematicFromMetres = 1000;
