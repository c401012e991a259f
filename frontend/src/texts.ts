/**
 * Every text of the page. A language is one catalogue with the same keys; there is English so far.
 * {name} is replaced by the variable of that name; an entry with one and other is chosen by the variable n.
 */
import { english } from './texts.en';

export type Entry = string | { readonly one: string; readonly other: string };
export type Key = keyof typeof english;
export type Variables = Readonly<Record<string, string | number>>;

const catalogue: Readonly<Record<string, Entry>> = english;
const plurals = new Intl.PluralRules('en');

export function t(key: Key, variables: Variables = {}): string {
  return fill(catalogue[key] ?? key, variables);
}

/**
 * A label for a code of the data, such as status.closed: from the catalogue, else the title the server's schema gives
 * it, else the code itself, made readable. New codes in the data therefore never show as blanks.
 */
export function label(group: string, code: string, title?: string | null): string {
  const entry = catalogue[`${group}.${code}`];
  if (entry !== undefined) return fill(entry, {});
  return title ?? readable(code);
}

/**
 * A cause is one of a few codes or free text; it stands inside a sentence, so it keeps its small letter. That it is
 * none of the few says nothing, and is not said.
 */
export function sayCause(cause: string | null): string | null {
  if (cause === null || cause === 'other' || cause === 'unknown') return null;
  return label('cause', cause, cause.replaceAll('_', ' '));
}

/** Puts variables into an entry of a catalogue. */
export function fill(entry: Entry, variables: Variables): string {
  const text =
    typeof entry === 'string' ? entry : plurals.select(Number(variables.n)) === 'one' ? entry.one : entry.other;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(variables[name] ?? whole));
}

function readable(code: string): string {
  const words = code.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
