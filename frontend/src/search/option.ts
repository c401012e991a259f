import { codeProperty } from '../collections';
import { type Day, sayDate } from '../dates';
import { sayWhen } from '../details/incident';
import { element } from '../dom';
import { dataText, nameNode } from '../language/data-text';
import { mapBounds } from '../map';
import { categoryMark, kindMark } from '../symbols';
import { label, t } from '../texts';
import { type Place, sayPlace } from './coordinates';
import type { Entry, Name } from './entries';

/** Something that was found and can be gone to. */
export type Choice =
  | { readonly kind: 'item'; readonly entry: Entry; readonly name: Name; readonly there: boolean }
  | { readonly kind: 'country'; readonly code: string }
  | { readonly kind: 'place'; readonly place: Place };

/** What tells one choice from another, whatever it is called. */
export function markOf(choice: Choice): string {
  if (choice.kind === 'item') return `${choice.entry.key.collection}/${choice.entry.key.id}`;
  return choice.kind === 'country' ? choice.code : choice.kind;
}

export function optionNode(choice: Choice, index: number, date: Day): HTMLElement {
  return element(
    'li',
    { role: 'option', id: `search-option-${index}`, 'aria-selected': 'false', 'data-kind': choice.kind },
    ...partsOf(choice, date),
  );
}

function partsOf(choice: Choice, date: Day): (Node | string)[] {
  if (choice.kind === 'country') return twoLines(label('country', choice.code), t('search.country'));
  if (choice.kind === 'place') {
    return twoLines(
      t('search.goTo', { place: sayPlace(choice.place) }),
      t(isOnMap(choice.place) ? 'search.coordinates' : 'search.offMap'),
    );
  }
  return itemParts(choice, date);
}

function itemParts({ entry, name, there }: Extract<Choice, { kind: 'item' }>, date: Day): Node[] {
  const { collection } = entry.key;
  const incident = codeProperty(collection) === 'category';
  // No status is shown: the names are asked for whatever the date of the map.
  const mark = incident ? categoryMark(entry.code, 20) : kindMark(collection, 20);
  const missing = t(incident ? 'search.otherPeriod' : 'search.notThere', { date: sayDate(date) });
  const about = [label('layer', collection), incident ? sayWhen(entry.properties) : '', there ? '' : missing].filter(
    part => part !== '',
  );
  const other = name.written === entry.title ? null : dataText(name.written);
  const title = nameNode({ ...entry, id: entry.key.id });
  return [mark, ...twoLines(title, about.join(' · '), other)];
}

/** The name, perhaps the other name that was found, and what it is. Names may be in a script of their own direction. */
function twoLines(title: Node | string, about: string, other: Node | null = null): Node[] {
  return [
    element(
      'span',
      { class: 'search-words' },
      element(
        'span',
        { class: 'search-names' },
        typeof title === 'string' ? element('bdi', {}, title) : title,
        other && element('span', { class: 'search-other' }, other),
      ),
      element('small', {}, about),
    ),
  ];
}

/** Whether the map can be moved there. */
export function isOnMap({ lat, lon }: Place): boolean {
  return mapBounds.contains([lat, lon]);
}
