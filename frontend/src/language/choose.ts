/** Which language the page speaks: what the address says, else what the reader chose here before, else the browser's. */
import { type LanguageCode, languageOf } from './languages';

const place = 'oxus.language';

export function chooseLanguage(
  asked: LanguageCode | null,
  remembered: string | null,
  preferred: readonly string[],
): LanguageCode {
  if (asked !== null) return asked;
  for (const tag of [remembered, ...preferred]) {
    const code = languageOf(tag);
    if (code !== null) return code;
  }
  return 'en';
}

/** The language chosen here before; null where there is none, or where the browser keeps nothing. */
export function remembered(): string | null {
  try {
    return localStorage.getItem(place);
  } catch {
    return null;
  }
}

export function remember(code: LanguageCode): void {
  try {
    localStorage.setItem(place, code);
  } catch {
    // The address still carries it.
  }
}
