import type { CollectionId } from '../collections';
import { button, element } from '../dom';
import { codeOf, type Feature, text } from '../feature';
import { nameNode } from '../language/data-text';
import { categoryMark, statusMark } from '../symbols';
import { label, t } from '../texts';
import type { Content } from './frame';
import { sayWhen } from './incident';

/** Features of a collection that no zoom can part, as a list to choose from. */
export function severalContent(
  collection: CollectionId,
  features: readonly Feature[],
  select: (feature: Feature) => void,
): Content {
  const incidents = collection === 'incidents';
  const choice = (feature: Feature) =>
    incidents ? incidentChoice(feature, sayWhen(feature.properties), select) : placeChoice(collection, feature, select);
  const byDate = [...features].sort((a, b) => startOf(a).localeCompare(startOf(b)));
  const parts = [
    element('h2', { tabindex: -1 }, sayHere(collection, features.length)),
    element('ol', { class: 'choices' }, ...byDate.map(feature => element('li', {}, choice(feature)))),
  ];
  return { of: null, parts };
}

/** How many of a collection are in one place. */
export function sayHere(collection: CollectionId, n: number): string {
  if (collection === 'incidents') return t('item.several', { n });
  return t('crowd.here', { name: label('layer', collection), n });
}

/** What has a status, to be opened, with that status below. */
function placeChoice(collection: CollectionId, feature: Feature, select: (feature: Feature) => void): HTMLElement {
  const code = codeOf(feature);
  return button(
    { class: 'choice', 'data-id': feature.id },
    () => select(feature),
    statusMark(code, collection, 20),
    element('span', {}, nameNode(feature), element('small', {}, label('status', code))),
  );
}

/** An incident that can be opened, with a line about it. */
export function incidentChoice(feature: Feature, line: string, select: (feature: Feature) => void): HTMLElement {
  return button(
    { class: 'choice', 'data-id': feature.id },
    () => select(feature),
    categoryMark(codeOf(feature), 20),
    element('span', {}, nameNode(feature), element('small', {}, line)),
  );
}

function startOf(feature: Feature): string {
  return text(feature.properties, 'start_date') ?? '';
}
