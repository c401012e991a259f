/** Makes the page speak a language, before anything else of it is made. */
import { loadTexts, t } from '../texts';
import { chooseLanguage, remembered } from './choose';
import { language, useLanguage } from './current';
import type { LanguageCode } from './languages';

/** Fetches a catalogue, and returns the function that puts it to use. */
export type Load = (code: LanguageCode) => Promise<() => void>;

/**
 * Loads the catalogues of the language. One that does not arrive leaves the page in English, all of it: a page in
 * another language is better than none. more are catalogues beside the map's.
 */
export async function speak(
  asked: LanguageCode | null,
  more: readonly Load[] = [],
  title: () => string = () => `${t('app.name')} – ${t('app.tagline')}`,
): Promise<void> {
  const code = chooseLanguage(asked, remembered(), navigator.languages);
  await use([loadTexts, ...more], code).catch(() => use([], 'en'));
  const { tag, dir } = language();
  const { documentElement: root } = document;
  root.lang = tag;
  root.dir = dir;
  document.title = title();
  document.querySelector('meta[name="description"]')?.setAttribute('content', t('app.description'));
}

/** All of them or none: a page in two languages would be read in neither. */
async function use(loads: readonly Load[], code: LanguageCode): Promise<void> {
  const ready = await Promise.all(loads.map(load => load(code)));
  for (const put of ready) put();
  useLanguage(code);
}
