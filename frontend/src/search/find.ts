/** Ranks what was typed against the entries. Pure and quick: it runs at every key. */
import { collectionIds } from '../collections';
import { type Entry, type Name, nameAs } from './entries';
import { fold } from './fold';

export interface Found {
  readonly entry: Entry;
  /** The name that matched best; it is shown where it is not the title. */
  readonly name: Name;
  readonly rank: number;
}

/** From sure to faint. The words are compared before the frames, because a frame is shared by many names. */
const ranks = { same: 0, start: 1, words: 2, frame: 3, frames: 4, run: 5, inside: 6 } as const;

/** A frame of one consonant would match half of all names. */
const shortestFrame = 2;

export function find(entries: readonly Entry[], typed: string, limit: number): Found[] {
  const named = nameAs(typed);
  if (named.folded === '') return [];
  // A word of vowels alone has no frame, and says nothing.
  const asked = { ...named, frames: named.frames.filter(frame => frame !== '') };
  const found = entries.flatMap(entry => bestOf(entry, asked) ?? []);
  return found.sort(compare).slice(0, limit);
}

function bestOf(entry: Entry, asked: Name): Found | null {
  let best: Found | null = null;
  for (const name of entry.names) {
    const rank = rankOf(name, asked);
    if (rank !== null && (best === null || rank < best.rank)) best = { entry, name, rank };
  }
  return best;
}

/** A date as ids and people write it, when its signs are taken off; its last figures may still be typed. */
const dated = /(?<!\d)\d{4} \d{2}(?: \d{1,2})?(?!\d)/;

export function rankOf(name: Name, asked: Name): number | null {
  // Words may stand in any order, but the 7th of May is not the 5th of July.
  const [date] = dated.exec(asked.folded) ?? [];
  if (date !== undefined && !name.folded.includes(date)) return null;
  if (name.folded === asked.folded) return ranks.same;
  if (name.folded.startsWith(asked.folded)) return ranks.start;
  if (begins(name.words, asked.words)) return ranks.words;
  return (
    rankOfFrames(name, asked) ?? (asked.folded.length > 2 && name.folded.includes(asked.folded) ? ranks.inside : null)
  );
}

function rankOfFrames(name: Name, asked: Name): number | null {
  if (asked.frame.length < shortestFrame) return null;
  if (name.frame === asked.frame) return ranks.frame;
  if (begins(name.frames, asked.frames)) return ranks.frames;
  return asked.frame.length > shortestFrame && runs(name, asked.frame) ? ranks.run : null;
}

/** Every word asked for begins a word of the name, whatever their order. */
function begins(words: readonly string[], asked: readonly string[]): boolean {
  return asked.length > 0 && asked.every(start => words.some(word => word.startsWith(start)));
}

/** The frame asked for begins with a word of the name and runs on into the next. */
function runs(name: Name, asked: string): boolean {
  let at = 0;
  return name.frames.some(frame => {
    const begun = name.frame.startsWith(asked, at);
    at += frame.length;
    return begun && frame !== '';
  });
}

function compare(a: Found, b: Found): number {
  return (
    a.rank - b.rank ||
    Number(a.name !== a.entry.names[0]) - Number(b.name !== b.entry.names[0]) ||
    orderOf(a) - orderOf(b) ||
    a.entry.title.length - b.entry.title.length ||
    (a.entry.title < b.entry.title ? -1 : 1)
  );
}

/** The order of the panel: a crossing before the substation of the same town, and incidents, which name many places, last. */
function orderOf({ entry }: Found): number {
  return collectionIds.indexOf(entry.key.collection);
}

/** The countries whose name begins with what was typed, in any language, or whose code it is. */
export function findCountries(countries: ReadonlyMap<string, readonly Name[]>, typed: string): string[] {
  const asked = nameAs(typed);
  if (asked.folded.length < 2) return [];
  return [...countries].flatMap(([code, names]) => {
    const named = names.some(
      name => name.folded.startsWith(asked.folded) || (asked.frame.length > 2 && name.frame.startsWith(asked.frame)),
    );
    return named || fold(code) === asked.folded ? [code] : [];
  });
}
