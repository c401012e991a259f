import { element } from '../dom';
import { voltageClasses, widthOf } from '../style/voltage';
import { lineMark } from '../symbols';
import { t } from '../texts';

/** What the legend of a single layer cannot say. */
export function readingSection(): HTMLElement {
  const widths = voltageClasses.map(kv =>
    element('li', {}, lineMark('currentColor', widthOf(kv), []), element('span', {}, t('unit.kv', { n: kv }))),
  );
  return element(
    'details',
    { class: 'reading' },
    element('summary', {}, t('panel.symbols')),
    element('p', {}, t('panel.width')),
    element('ul', { class: 'legend' }, ...widths),
    element('p', {}, t('panel.schematic')),
    element('p', {}, t('panel.circle')),
    element('p', {}, t('panel.cluster')),
    element('p', {}, t('panel.borderDisputed')),
  );
}
