/** At which section of the route the map is. */
import { element } from '../dom';
import type { Feature } from '../feature';
import { nameNode } from '../language/data-text';
import { t } from '../texts';

/** Stands for the name in the text: of no script, so that nothing is put around it. */
const nameHere = '\u{e000}';

/** The name is in a language of its own, wherever in the text it stands. */
export function sayAt(feature: Feature, n: number, all: number): HTMLElement {
  const [before = '', after = ''] = t('route.at', { n, all, name: nameHere }).split(nameHere);
  return element('span', {}, before, nameNode(feature), after);
}
