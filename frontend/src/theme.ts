/** Colours that a canvas needs are read from the style sheet, so that light and dark are written down once. */
export interface MapColors {
  readonly border: string;
  readonly borderDisputed: string;
  readonly admin: string;
  readonly river: string;
  readonly sea: string;
  readonly riverLabel: string;
  readonly placeLabel: string;
  readonly countryLabel: string;
  readonly halo: string;
  readonly accuracy: string;
  readonly surface: string;
  readonly text: string;
  readonly markEdge: string;
  readonly markHollow: string;
  readonly lineCasing: string;
  readonly casaCasing: string;
}

const properties: Readonly<Record<keyof MapColors, string>> = {
  border: '--map-border',
  borderDisputed: '--map-border-disputed',
  admin: '--map-admin',
  river: '--map-river',
  sea: '--map-sea',
  riverLabel: '--map-river-label',
  placeLabel: '--map-place-label',
  countryLabel: '--map-country-label',
  halo: '--map-land',
  accuracy: '--accuracy',
  surface: '--surface',
  text: '--text',
  markEdge: '--mark-edge',
  markHollow: '--mark-hollow',
  lineCasing: '--line-casing',
  casaCasing: '--casa-casing',
};

export function mapColors(): MapColors {
  const style = getComputedStyle(document.documentElement);
  const entries = Object.entries(properties).map(([name, property]) => [name, style.getPropertyValue(property).trim()]);
  return Object.fromEntries(entries) as MapColors;
}

/** Calls back when the reader's system turns dark or light; returns the function that ends it. */
export function onThemeChange(callback: () => void): () => void {
  const query = matchMedia('(prefers-color-scheme: dark)');
  query.addEventListener('change', callback);
  return () => query.removeEventListener('change', callback);
}
