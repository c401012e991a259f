import { element } from '../dom';
import { type Feature, number, text } from '../feature';
import { dataParagraph } from '../language/data-text';
import { sayDistance } from '../quantity';
import { schematicFromMetres } from '../style/voltage';
import { t } from '../texts';

/** How well the place is known, in words, and where that comes from. */
export function positionSection(feature: Feature): HTMLElement {
  const { properties } = feature;
  const basis = text(properties, 'position_basis') ?? text(properties, 'geometry_basis');
  return element(
    'section',
    { class: 'detail-position' },
    element('h3', {}, t('item.position')),
    element('p', {}, sayPosition(feature)),
    basis && dataParagraph(basis, 'quiet'),
  );
}

export function sayPosition({ geometry, properties }: Feature): string {
  if (geometry === null) return t('item.noPosition');
  const metres = number(properties, 'position_accuracy_m') ?? number(properties, 'geometry_accuracy_m');
  if (metres === null) return t('item.accuracyUnknown');
  const sketch = geometry.type !== 'Point' && metres >= schematicFromMetres;
  return t(sketch ? 'item.schematic' : 'item.accuracy', { distance: sayDistance(metres) });
}
