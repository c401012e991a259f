import { button, element } from '../dom';
import { codeOf, type Feature, text } from '../feature';
import { nameNode } from '../language/data-text';
import { categoryMark } from '../symbols';
import { t } from '../texts';
import { sayWhen } from './incident';

/** Incidents that no zoom can part, as a list to choose from. */
export function severalContent(features: readonly Feature[], select: (feature: Feature) => void): HTMLElement {
  const byDate = [...features].sort((a, b) => startOf(a).localeCompare(startOf(b)));
  const rows = byDate.map(feature => element('li', {}, incidentChoice(feature, sayWhen(feature.properties), select)));
  return element(
    'article',
    { class: 'details' },
    element('h2', {}, t('item.several', { n: features.length })),
    element('ol', { class: 'choices' }, ...rows),
  );
}

/** An incident that can be opened, with a line about it. */
export function incidentChoice(feature: Feature, line: string, select: (feature: Feature) => void): HTMLElement {
  return button(
    { class: 'choice' },
    () => select(feature),
    categoryMark(codeOf(feature), 20),
    element('span', {}, nameNode(feature), element('small', {}, line)),
  );
}

function startOf(feature: Feature): string {
  return text(feature.properties, 'start_date') ?? '';
}
