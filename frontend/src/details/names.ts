import { element } from '../dom';
import { type Feature, list, nameIn, text } from '../feature';
import { dataText, nameNode } from '../language/data-text';
import { languages } from '../language/languages';
import { t } from '../texts';

const scripts = ['en', 'tg', 'ru', 'fa'] as const;

/** The name in every script that is known, each marked with its language for voices and fonts. */
export function nameHeading(feature: Feature, collection: string): HTMLElement {
  const { properties } = feature;
  const { lang: shown } = nameIn(feature);
  const others = scripts.flatMap(code => {
    const name = code === shown ? null : text(properties, `name_${code}`);
    return name === null ? [] : [element('span', { lang: code, dir: languages[code].dir }, name)];
  });
  const aliases = list(properties, 'alt_names');
  return element(
    'header',
    { class: 'detail-head' },
    element('p', { class: 'kicker' }, collection),
    element('h2', { tabindex: -1 }, nameNode(feature)),
    others.length > 0 && element('p', { class: 'scripts' }, ...others),
    aliases.length > 0 && element('p', { class: 'quiet' }, `${t('item.otherNames')}: `, ...aliasNodes(aliases)),
  );
}

function aliasNodes(aliases: readonly string[]): (Node | string)[] {
  return aliases.flatMap((alias, index) => [index > 0 ? t('list.separator') : '', dataText(alias)]);
}
