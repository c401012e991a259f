/** The language of the page: chosen once, before anything is made, and kept until the page is loaded again. */
import { type Language, type LanguageCode, languages } from './languages';

let current: Language = languages.en;

export function language(): Language {
  return current;
}

export function useLanguage(code: LanguageCode): void {
  current = languages[code];
}
