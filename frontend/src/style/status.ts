/**
 * How a status looks. Colours keep apart in the common kinds of colour blindness, and a shape (points) or a dash (lines)
 * says the same again. A code that is not in the table is drawn as unknown, never as open.
 */
export type Shape = 'circle' | 'square' | 'triangle' | 'diamond' | 'hexagon' | 'octagon' | 'ring';

export interface StatusStyle {
  readonly color: string;
  readonly shape: Shape;
  /** Hollow marks stand for what is not there: not yet, or not known. */
  readonly hollow: boolean;
  /** The dash of a schematic line of this status, in line widths. */
  readonly dash: readonly number[];
}

const works: StatusStyle = { color: '#00796b', shape: 'circle', hollow: false, dash: [6, 2] };
const unknown: StatusStyle = { color: '#7b8087', shape: 'ring', hollow: true, dash: [1, 2.5] };

const table: Readonly<Record<string, StatusStyle>> = {
  open: works,
  operating: works,
  restricted: { color: '#d18b00', shape: 'triangle', hollow: false, dash: [6, 2, 1.5, 2] },
  closed: { color: '#b3261e', shape: 'square', hollow: false, dash: [2, 1.5] },
  damaged: { color: '#b3261e', shape: 'octagon', hollow: false, dash: [2, 1.5] },
  suspended: { color: '#7d3c98', shape: 'hexagon', hollow: false, dash: [4, 1.5, 1, 1.5, 1, 1.5] },
  under_construction: { color: '#1f66c1', shape: 'diamond', hollow: false, dash: [3, 3] },
  planned: { color: '#1f66c1', shape: 'diamond', hollow: true, dash: [1.5, 3.5] },
  unknown,
};

export const statusOrder = Object.keys(table);

export function statusStyle(code: string): StatusStyle {
  return Object.hasOwn(table, code) ? (table[code] ?? unknown) : unknown;
}
