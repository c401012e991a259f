import type { Order } from './order';
import type { Row } from './rows';

/** The collator of the page's language puts é beside e and 9 before 10. */
export function sorted(rows: readonly Row[], order: Order, language: string): Row[] {
  const collator = new Intl.Collator(language, { numeric: true });
  const keyOf = (row: Row) => (order.column === 'since' ? row.day : row[order.column]);
  return [...rows].sort((a, b) => {
    const [x, y] = [keyOf(a), keyOf(b)];
    // What is not known comes last either way.
    if (x === '' || y === '') return Number(x === '') - Number(y === '') || collator.compare(a.name, b.name);
    const compared = collator.compare(x, y);
    return (order.down ? -compared : compared) || collator.compare(a.name, b.name);
  });
}
