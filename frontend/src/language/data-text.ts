/** Texts of the data, which are in whatever language they were written in. */
import { element } from '../dom';
import { type Feature, nameIn } from '../feature';
import { language } from './current';
import { languages } from './languages';

/** A name marked with its language, for voices, fonts and the order of its letters. */
export function nameNode(feature: Feature): HTMLElement {
  const { text, lang } = nameIn(feature);
  if (lang === null) return dataText(text);
  return element('bdi', { lang, dir: languages[lang].dir }, text);
}

/**
 * A text whose language the data do not say. It runs in the direction of its own letters; that it is foreign to the
 * page is marked where the letters are not those of the page, so that no voice reads Latin letters as Dari.
 */
export function dataText(text: string): HTMLElement {
  return element('bdi', { ...marksOf(text), class: 'data-text' }, text);
}

/** A paragraph of such a text, which also begins at the side its letters begin at. */
export function dataParagraph(text: string, className: string | null = null): HTMLElement {
  return element('p', { ...marksOf(text), class: className }, text);
}

function marksOf(text: string): { readonly lang: string | null; readonly dir: string } {
  const foreign = language().code !== 'en' && /^[^\p{Script=Cyrillic}\p{Script=Arabic}]*\p{Script=Latin}/u.test(text);
  return { lang: foreign ? 'en' : null, dir: 'auto' };
}
