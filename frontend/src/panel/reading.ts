import { element } from '../dom';
import { voltageClasses } from '../style/voltage';
import { lineMark } from '../symbols';
import { label, t } from '../texts';

/** What the legend of a single layer cannot say. */
export function readingSection(): HTMLElement {
  const widths = voltageClasses.map(({ code, width }) =>
    element('li', {}, lineMark('currentColor', width, []), element('span', {}, label('voltage', code))),
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
