/** What a speaker has changed, and the file it is sent in. Nothing here touches the page. */
import type { Entries, Entry, Form } from '../language/catalogue';

/** One text of a catalogue: of one form where it has several, '' where it has one. */
export interface Place {
  readonly catalogue: string;
  readonly key: string;
  readonly form: Form | '';
}

export interface Part {
  readonly name: string;
  readonly english: Entries;
  readonly entries: Entries;
  readonly reviewed: readonly string[];
}

/** The texts of an entry by form. */
export function textsOf(entry: Entry): readonly (readonly [Form | '', string])[] {
  return typeof entry === 'string' ? [['', entry]] : (Object.entries(entry) as [Form, string][]);
}

/** What is filled in by the page in the English text and does not occur in the translation. */
export function lacking(english: Entry, text: string): string[] {
  const all = textsOf(english).map(([, part]) => part);
  // One form may say its number in a word.
  const needed = all.map(part => new Set(part.match(/\{\w+\}/g)));
  const everywhere = [...(needed[0] ?? [])].filter(name => needed.every(names => names.has(name)));
  return everywhere.filter(name => !text.includes(name));
}

export class Corrections {
  readonly #texts = new Map<string, { readonly place: Place; readonly text: string }>();

  /** A text that is again what it was is no correction. */
  set(place: Place, before: string, text: string): void {
    const at = `${place.catalogue}/${place.key}/${place.form}`;
    if (text.trim() === before) this.#texts.delete(at);
    else this.#texts.set(at, { place, text: text.trim() });
  }

  get size(): number {
    return this.#texts.size;
  }

  /** The file as JSON; allRead says that what is not in it was read and is right. */
  file(language: string, allRead: boolean): string {
    const corrections = [...this.#texts.values()].map(({ place: { catalogue, key, form }, text }) => ({
      catalogue,
      key,
      ...(form !== '' && { form }),
      text,
    }));
    return `${JSON.stringify({ language, allRead, corrections }, null, 2)}\n`;
  }
}
