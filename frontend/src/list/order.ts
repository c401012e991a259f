/** In which order the list is. */
export const columns = ['name', 'kind', 'status', 'since', 'country'] as const;
export type Column = (typeof columns)[number];

export interface Order {
  readonly column: Column;
  readonly down: boolean;
}

export const firstOrder: Order = { column: 'name', down: false };

/** A second choice of the same column turns it round. */
export function nextOrder(order: Order, column: Column): Order {
  return { column, down: order.column === column && !order.down };
}
