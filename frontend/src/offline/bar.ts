import { sayDate } from '../dates';
import { button, element, setText } from '../dom';
import { sayTime } from '../live/note';
import { t } from '../texts';

/** Says plainly that the page is offline and of when its data is, and offers a new version of the page. */
export class OfflineBar {
  readonly node = element('div', { class: 'offline-bar', role: 'status', hidden: true });
  readonly #offline = element('p', { hidden: true });
  readonly #offer = element('p', { hidden: true });
  #oldest: Date | null = null;

  constructor() {
    this.node.append(this.#offline, this.#offer);
  }

  get offline(): boolean {
    return this.#oldest !== null;
  }

  /** stored is when an answer on the page came from the server; null when the server has just answered. */
  tell(stored: string | null): void {
    const at = stored === null ? null : new Date(stored);
    if (at === null) this.#oldest = null;
    else if (this.#oldest === null || at < this.#oldest) this.#oldest = at;
    const text = this.#oldest === null ? '' : sayStored(this.#oldest);
    setText(this.#offline, text);
    this.#offline.hidden = text === '';
    this.#show();
  }

  offer(take: () => void): void {
    this.#offer.replaceChildren(t('offline.newVersion'), ' ', button({}, take, t('offline.load')));
    this.#offer.hidden = false;
    this.#show();
  }

  #show(): void {
    this.node.hidden = this.#offline.hidden === true && this.#offer.hidden === true;
  }
}

function sayStored(at: Date): string {
  const day = [at.getFullYear(), at.getMonth() + 1, at.getDate()].map(part => String(part).padStart(2, '0')).join('-');
  return t('offline.dataOf', { time: sayTime(at), date: sayDate(day) });
}
