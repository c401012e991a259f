import { element } from '../dom';
import { type Feature, list, nameOf, text } from '../feature';
import { t } from '../texts';

const scripts = [
  { property: 'name_tg', lang: 'tg', dir: 'ltr' },
  { property: 'name_ru', lang: 'ru', dir: 'ltr' },
  { property: 'name_fa', lang: 'fa', dir: 'rtl' },
] as const;

/** The name in every script that is known, each marked with its language for voices and fonts. */
export function nameHeading(feature: Feature, collection: string): HTMLElement {
  const { properties } = feature;
  const others = scripts.flatMap(({ property, lang, dir }) => {
    const name = text(properties, property);
    return name === null ? [] : [element('span', { lang, dir }, name)];
  });
  const aliases = list(properties, 'alt_names');
  return element(
    'header',
    { class: 'detail-head' },
    element('p', { class: 'kicker' }, collection),
    element('h2', {}, nameOf(feature)),
    others.length > 0 && element('p', { class: 'scripts' }, ...others),
    aliases.length > 0 && element('p', { class: 'quiet' }, `${t('item.otherNames')}: ${aliases.join(', ')}`),
  );
}
