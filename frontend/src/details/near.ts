/** The incidents around an item in the period shown, nearest first, within a distance the reader chooses. */
import { sayDate } from '../dates';
import { element, renew, setText } from '../dom';
import { type Feature, type ItemKey, number } from '../feature';
import { placeIn } from '../live/place-in';
import { countOpenEnded, sayOpenEnded } from '../open-ended';
import { sayDistance } from '../quantity';
import { sayError } from '../say-error';
import { t } from '../texts';
import type { DetailContext } from './context';
import { sayWhen } from './incident';
import { radii } from './radii';
import { incidentChoice } from './several';

const shown = 12;

/** Stays in details as long as these are of one item, so that the list is given other rows but is not made anew. */
export class Near {
  readonly node: HTMLElement;
  readonly #list = element('div', { class: 'near-list' });
  readonly #said = element('p', { class: 'quiet', role: 'status' });
  readonly #span = element('p', { class: 'quiet' });
  readonly #radius = element(
    'select',
    { 'data-keep': 'near' },
    ...radii.map(metres => element('option', { value: metres }, sayDistance(metres))),
  );
  #context: DetailContext;
  #asked = new AbortController();
  /** To which question the list is the answer. */
  #answered: string | null = null;

  constructor(
    readonly key: ItemKey,
    context: DetailContext,
  ) {
    this.node = element(
      'section',
      { class: 'detail-near' },
      element('h3', {}, t('detail.near')),
      element('label', { class: 'near-radius' }, element('span', {}, t('detail.within')), this.#radius),
      this.#span,
      this.#said,
      this.#list,
    );
    this.#context = context;
    this.#radius.addEventListener('change', () => {
      const { kept, actions } = this.#context;
      kept.within = Number(this.#radius.value);
      actions.setNear(kept.within);
      this.ask(this.#context);
    });
  }

  ask(context: DetailContext): void {
    this.#context = context;
    const { incidents, kept, signal } = context;
    this.#radius.value = String(kept.within);
    setText(this.#span, t('date.span', { from: sayDate(incidents.from), to: sayDate(incidents.to) }));
    this.#asked.abort();
    this.#asked = new AbortController();
    if (this.#answered !== questionOf(context)) {
      this.#answered = null;
      this.#said.textContent = t('load.busy');
      this.#list.replaceChildren();
    }
    void this.#fill(AbortSignal.any([signal, this.#asked.signal]));
  }

  async #fill(signal: AbortSignal): Promise<void> {
    const { key } = this;
    const { near, incidents, recorded, kept } = this.#context;
    const asked = questionOf(this.#context);
    try {
      const datetime = `${incidents.from}/${incidents.to}`;
      const answer = await near(key, kept.within, { datetime, recorded }, signal);
      if (signal.aborted) return;
      const others = nearestFirst(answer.features.filter(({ id }) => key.collection !== 'incidents' || id !== key.id));
      const back = placeIn('.near-list');
      this.#answered = asked;
      this.#show(others);
      back();
    } catch (error) {
      if (!signal.aborted) this.#said.textContent = t('detail.nearFailed', { reason: sayError(error) });
    }
  }

  #show(others: readonly Feature[]): void {
    const { incidents, actions } = this.#context;
    const count = others.length === 0 ? t('detail.nearNone') : t('detail.nearCount', { n: others.length });
    setText(this.#said, sayOpenEnded(count, countOpenEnded(others, incidents)));
    renew(this.#list, choices(others, actions.select));
  }
}

/** What is asked about one item. */
function questionOf({ incidents, recorded, kept }: DetailContext): string {
  return [incidents.from, incidents.to, recorded, kept.within].join(' ');
}

export function nearestFirst(features: readonly Feature[]): Feature[] {
  return [...features].sort((a, b) => distanceOf(a) - distanceOf(b) || (a.id < b.id ? -1 : 1));
}

function distanceOf({ properties }: Feature): number {
  return number(properties, 'distance_m') ?? Number.POSITIVE_INFINITY;
}

function choices(features: readonly Feature[], select: (key: ItemKey) => void): HTMLElement[] {
  const row = (feature: Feature) => {
    const line = `${sayDistance(distanceOf(feature))} · ${sayWhen(feature.properties)}`;
    return element(
      'li',
      {},
      incidentChoice(feature, line, ({ id }) => select({ collection: 'incidents', id })),
    );
  };
  if (features.length === 0) return [];
  const first = element('ol', { class: 'choices' }, ...features.slice(0, shown).map(row));
  const rest = features.slice(shown);
  if (rest.length === 0) return [first];
  const more = element(
    'details',
    {},
    element('summary', {}, t('detail.nearMore', { n: rest.length })),
    element('ol', { class: 'choices' }, ...rest.map(row)),
  );
  return [first, more];
}
