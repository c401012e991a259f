/** The fields of the map's address, given as the query of an embedded map or as its fragment. */

/** The fragment that says what a query says; the fragment itself where there is one. */
export function fragmentOf(search: string, hash: string): string {
  if (hash.length > 1) return hash;
  const fields = [...new URLSearchParams(search)].map(
    ([name, value]) => `${name}=${name === 'item' ? itemOf(value) : value}`,
  );
  return `#${fields.join('&')}`;
}

/** A query was unescaped as it was read; the id of an item stands escaped in a fragment. */
function itemOf(value: string): string {
  const at = value.indexOf('/');
  return at < 0 ? value : `${value.slice(0, at)}/${encodeURIComponent(value.slice(at + 1))}`;
}
