/** The pattern a status has in a bar, so that it can be told without its colour; css/history.css draws them. */
const table: Readonly<Record<string, string>> = {
  open: 'solid',
  operating: 'solid',
  restricted: 'diagonal',
  closed: 'cross',
  damaged: 'dots',
  suspended: 'upright',
  under_construction: 'level',
  planned: 'hollow',
};

export function patternOf(status: string): string {
  return Object.hasOwn(table, status) ? (table[status] ?? 'none') : 'none';
}
