/** Says in one line whether what is on the map is what was asked for, and offers to ask again when it is not. */
import { type CollectionId, collectionIds } from './collections';
import { sayDate, sayDayTwice } from './dates';
import { button, element } from './dom';
import type { Feed } from './feeds';
import { openEndedShown, sayOpenEnded } from './open-ended';
import { incidentPeriod } from './period';
import { sayError } from './say-error';
import type { State } from './state';
import { t } from './texts';

export class LoadStatus {
  readonly alert = element('div', { class: 'alert', role: 'alert', hidden: true });
  readonly #feeds = new Map<CollectionId, Feed>();

  constructor(
    readonly say: (text: string) => void,
    readonly retry: () => void,
  ) {}

  setFeed(collection: CollectionId, feed: Feed, state: State): void {
    this.#feeds.set(collection, feed);
    this.update(state);
    const failed = this.#failed();
    if (failed?.phase === 'failed') this.warn(failed.error);
    else this.alert.hidden = true;
  }

  /** Filters change what is shown without a question to the server. */
  update(state: State): void {
    const feeds = collectionIds.flatMap(id => this.#feeds.get(id) ?? []);
    const busy = feeds.some(({ phase }) => phase === 'busy');
    this.say(busy ? t('load.busy') : this.#sayAnswered(state));
    document.documentElement.dataset.load = busy ? 'busy' : this.#failed() ? 'failed' : 'done';
  }

  /** Of what was answered only: where nothing was, nothing of that date is shown. */
  #sayAnswered(state: State): string {
    const asked = [...this.#feeds.values()].filter(({ phase }) => phase !== 'off');
    if (asked.length > 0 && asked.every(({ phase }) => phase === 'failed')) {
      return t('load.none', { date: sayDayTwice(state.date) });
    }
    const incidents = this.#feeds.get('incidents');
    const failed = incidents?.phase === 'failed';
    return sayOpenEnded(
      sayShown(state, state.layers.includes('incidents') && !failed),
      openEndedShown(incidents, state),
    );
  }

  #failed(): Feed | undefined {
    return collectionIds.flatMap(id => this.#feeds.get(id) ?? []).find(({ phase }) => phase === 'failed');
  }

  warn(error: unknown): void {
    const text = t('load.failed', { reason: sayError(error) });
    this.alert.replaceChildren(element('span', {}, text), button({}, this.retry, t('load.retry')));
    this.alert.hidden = false;
  }
}

/** The date, and the period of the incidents where they are shown: both are easily forgotten. */
function sayShown(state: State, incidents: boolean): string {
  const date = sayDayTwice(state.date);
  if (!incidents) return t('load.done', { date });
  const { from, to } = incidentPeriod(state);
  if (to === state.date) return t('load.doneSince', { date, from: sayDate(from) });
  return t('load.doneIncidents', { date, from: sayDate(from), to: sayDate(to) });
}
