import { button, element } from '../dom';
import { type Feature, number, pointOf, text } from '../feature';
import { dataText } from '../language/data-text';
import { sayDistance } from '../quantity';
import { schematicFromMetres } from '../style/voltage';
import { t } from '../texts';
import { copyText } from './clipboard';

/** How well the place is known, in words, and where that comes from; a point can be copied as coordinates. */
export function positionSection(feature: Feature): HTMLElement {
  const { properties } = feature;
  const basis = text(properties, 'position_basis') ?? text(properties, 'geometry_basis');
  return element(
    'section',
    { class: 'detail-position' },
    element('h3', {}, t('item.position')),
    element('p', {}, sayPosition(feature)),
    basis && element('p', { class: 'quiet' }, `${t('detail.basis')} `, dataText(basis)),
    ...coordinateParts(sayCoordinates(feature)),
  );
}

export function sayPosition({ geometry, properties }: Feature): string {
  if (geometry === null) return t('item.noPosition');
  const metres = number(properties, 'position_accuracy_m') ?? number(properties, 'geometry_accuracy_m');
  if (metres === null) return t('item.accuracyUnknown');
  const sketch = geometry.type !== 'Point' && metres >= schematicFromMetres;
  return t(sketch ? 'item.schematic' : 'item.accuracy', { distance: sayDistance(metres) });
}

/** Latitude, longitude in decimal degrees, as most maps take them; null for what is no point. */
export function sayCoordinates(feature: Feature): string | null {
  const [lon, lat] = pointOf(feature)?.coordinates ?? [];
  return lon === undefined || lat === undefined ? null : `${degrees(lat)}, ${degrees(lon)}`;
}

function degrees(value: number): string {
  return String(Number(value.toFixed(5))); // about a metre
}

function coordinateParts(coordinates: string | null): HTMLElement[] {
  if (coordinates === null) return [];
  const said = element('p', { class: 'quiet', role: 'status' });
  const copy = async () => {
    said.textContent = '';
    const copied = await copyText(coordinates);
    said.textContent = t(copied ? 'detail.copied' : 'detail.copyFailed', { text: coordinates });
  };
  const row = element(
    'p',
    { class: 'coordinates' },
    element('span', { dir: 'ltr' }, coordinates),
    button({ 'data-keep': 'copy' }, () => void copy(), t('detail.copy')),
  );
  return [row, said];
}
