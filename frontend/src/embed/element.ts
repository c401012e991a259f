/**
 * The element oxus-map, for pages of other origins: a frame with an embedded map, from the server this file came from.
 * It stands alone: nothing else of the map is loaded into the page that uses it.
 */
const own = import.meta.url;

/** Attributes that become fields of the map's address, under the names they have there. */
const fields = {
  view: 'map',
  date: 'date',
  period: 'period',
  layers: 'layers',
  item: 'item',
  lang: 'lang',
  recorded: 'recorded',
} as const;
type Name = keyof typeof fields | 'src' | 'title';

const sandbox = 'allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox';

export class OxusMap extends HTMLElement {
  static readonly observedAttributes = [...Object.keys(fields), 'src', 'title'];
  readonly #frame = document.createElement('iframe');

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    const looks = new CSSStyleSheet();
    // The page's own style wins over these.
    looks.replaceSync(':host{display:block;height:480px}iframe{display:block;width:100%;height:100%;border:0}');
    root.adoptedStyleSheets = [looks];
    this.#frame.setAttribute('sandbox', sandbox);
    this.#frame.setAttribute('loading', 'lazy');
    this.#frame.setAttribute('referrerpolicy', 'no-referrer');
    root.append(this.#frame);
  }

  connectedCallback(): void {
    this.#show();
  }

  attributeChangedCallback(): void {
    if (this.isConnected) this.#show();
  }

  /** Where the map is served; the address of this file's server where nothing is given. */
  get src(): string {
    return new URL(this.getAttribute('src') ?? '.', own).href;
  }

  set src(value: string) {
    this.setAttribute('src', value);
  }

  #show(): void {
    this.#frame.title = this.getAttribute('title') ?? 'Oxus';
    const address = addressOf(this.src, name => this.getAttribute(name));
    if (address !== null && this.#frame.src !== address) this.#frame.src = address;
  }
}

/** The address of the frame; null for a server that is none of the web's. */
export function addressOf(src: string, attribute: (name: Name) => string | null): string | null {
  const address = new URL(src);
  if (address.protocol !== 'https:' && address.protocol !== 'http:') return null;
  address.pathname = `${address.pathname.replace(/[^/]*$/, '')}embed`;
  address.hash = '';
  address.search = '';
  for (const [name, field] of Object.entries(fields) as [Name, string][]) {
    const value = attribute(name);
    if (value !== null && value !== '') address.searchParams.set(field, value);
  }
  return address.href;
}

for (const name of Object.keys(fields) as Name[]) {
  if (name in HTMLElement.prototype) continue; // lang is there
  Object.defineProperty(OxusMap.prototype, name, {
    get(this: OxusMap) {
      return this.getAttribute(name) ?? '';
    },
    set(this: OxusMap, value: string) {
      this.setAttribute(name, value);
    },
  });
}

if (!customElements.get('oxus-map')) customElements.define('oxus-map', OxusMap);
