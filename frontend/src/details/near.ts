/** The incidents around an item in the period shown, nearest first, within a distance the reader chooses. */
import { sayDate } from '../dates';
import { element } from '../dom';
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

export function nearSection(key: ItemKey, context: DetailContext): HTMLElement {
  const { kept, signal, incidents, actions } = context;
  const list = element('div', { class: 'near-list' });
  const said = element('p', { class: 'quiet', role: 'status' });
  const options = radii.map(metres =>
    element('option', { value: metres, selected: metres === kept.within }, sayDistance(metres)),
  );
  const radius = element('select', { 'data-keep': 'near' }, ...options);
  let asked = new AbortController();
  const ask = () => {
    asked.abort();
    asked = new AbortController();
    const before = kept.near?.asked === questionOf(context) ? kept.near.features : null;
    if (before) show(before, context, said, list);
    else {
      said.textContent = t('load.busy');
      list.replaceChildren();
    }
    void fill(key, context, AbortSignal.any([signal, asked.signal]), said, list);
  };
  radius.addEventListener('change', () => {
    kept.within = Number(radius.value);
    actions.setNear(kept.within);
    ask();
  });
  ask();
  const span = t('date.span', { from: sayDate(incidents.from), to: sayDate(incidents.to) });
  return element(
    'section',
    { class: 'detail-near' },
    element('h3', {}, t('detail.near')),
    element('label', { class: 'near-radius' }, element('span', {}, t('detail.within')), radius),
    element('p', { class: 'quiet' }, span),
    said,
    list,
  );
}

/** What is asked of one item. */
function questionOf({ incidents, recorded, kept }: DetailContext): string {
  return [incidents.from, incidents.to, recorded, kept.within].join(' ');
}

async function fill(
  key: ItemKey,
  context: DetailContext,
  signal: AbortSignal,
  said: HTMLElement,
  list: HTMLElement,
): Promise<void> {
  const { near, incidents, recorded, kept } = context;
  try {
    const datetime = `${incidents.from}/${incidents.to}`;
    const answer = await near(key, kept.within, { datetime, recorded }, signal);
    if (signal.aborted) return;
    const others = nearestFirst(answer.features.filter(({ id }) => key.collection !== 'incidents' || id !== key.id));
    const back = placeIn('.near-list');
    kept.near = { asked: questionOf(context), features: others };
    show(others, context, said, list);
    back();
  } catch (error) {
    if (!signal.aborted) said.textContent = t('detail.nearFailed', { reason: sayError(error) });
  }
}

function show(
  others: readonly Feature[],
  { incidents, actions }: DetailContext,
  said: HTMLElement,
  list: HTMLElement,
): void {
  const count = others.length === 0 ? t('detail.nearNone') : t('detail.nearCount', { n: others.length });
  const words = sayOpenEnded(count, countOpenEnded(others, incidents));
  // The same words again would be read out again.
  if (said.textContent !== words) said.textContent = words;
  list.replaceChildren(...choices(others, actions.select));
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
