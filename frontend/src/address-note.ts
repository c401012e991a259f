import { unreadOf } from './address';
import type { Day } from './dates';
import { button, element } from './dom';
import { t } from './texts';

/** An address is typed by anybody: it does not fill the page with words of its own. */
const most = { parts: 5, letters: 40 } as const;

/** Says what of the address was not taken, or not as it stands, where the map would otherwise show another date in silence. */
export class AddressNote {
  readonly node = element('div', { class: 'address-note', role: 'status', hidden: true });
  readonly #said = element('span');

  constructor() {
    const close = button({ 'aria-label': t('share.close') }, () => this.#hide(), '×');
    this.node.append(this.#said, close);
  }

  update(hash: string, today: Day): void {
    const unread = unreadOf(hash, today).slice(0, most.parts);
    const parts = unread.map(part => (part.length > most.letters ? `${part.slice(0, most.letters)}…` : part));
    this.#said.textContent = parts.length === 0 ? '' : t('app.unread', { parts: parts.join(t('list.separator')) });
    this.node.hidden = parts.length === 0;
  }

  #hide(): void {
    this.node.hidden = true;
  }
}
