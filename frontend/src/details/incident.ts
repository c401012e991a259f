import { sayDate } from '../dates';
import { list, number, type Precision, type Properties, text } from '../feature';
import { placeName } from '../language/places';
import { sayNumber, sayRange } from '../quantity';
import { label, t } from '../texts';
import type { Row } from './rows';

/** What is known of an incident. Figures have a row even when there are none, because a missing row reads as nought. */
export function incidentRows(properties: Properties): Row[] {
  const category = text(properties, 'category');
  const confidence = text(properties, 'confidence');
  const injuries = number(properties, 'injuries');
  return [
    [t('incident.when'), sayWhen(properties)],
    [t('incident.category'), category && label('category', category)],
    [t('incident.place'), placeOf(properties)],
    [t('incident.actors'), list(properties, 'actors').join('; ')],
    [t('incident.fatalities'), sayRange(number(properties, 'fatalities_low'), number(properties, 'fatalities_high'))],
    [t('incident.injuries'), injuries === null ? t('incident.noFigure') : sayNumber(injuries)],
    [t('incident.confidence'), confidence && label('confidence', confidence)],
    [t('incident.related'), list(properties, 'related_features').join(t('list.separator'))],
  ];
}

export function sayWhen(properties: Properties): string {
  const start = text(properties, 'start_date');
  const end = text(properties, 'end_date');
  if (start === null) return '';
  const from = sayDate(start, (text(properties, 'start_precision') ?? 'day') as Precision);
  if (end === null || end === start) return from;
  const to = sayDate(end, (text(properties, 'end_precision') ?? 'day') as Precision);
  return to === from ? from : t('date.span', { from, to });
}

/** The name of a place often says its province and country already. */
function placeOf(properties: Properties): string {
  const parts = ['place_name', 'admin1', 'country'].map(name => text(properties, name)).filter(part => part !== null);
  return parts
    .filter((part, index) => parts.indexOf(part) === index)
    .map(placeName)
    .join(t('list.separator'));
}
