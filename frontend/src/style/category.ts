/** How an incident category looks: a colour by family, a glyph of its own. Glyphs are paths in a 16 × 16 box. */
export interface CategoryStyle {
  readonly color: string;
  readonly glyph: string;
}

// Families: force, crime, movement of people, the border's own state, talks.
const force = '#a61c28';
const fire = '#c4560f';
const crime = '#7d3c98';
const people = '#1f66c1';
const disaster = '#6b4f2a';
const reopening = '#00796b';
const closure = '#5d4037';
const talks = '#3b5b70';

const table: Readonly<Record<string, CategoryStyle>> = {
  armed_clash: { color: force, glyph: 'M4 4l8 8M12 4l-8 8' },
  attack: { color: force, glyph: 'M8 2.5v11M2.5 8h11M4.4 4.4l7.2 7.2M11.6 4.4l-7.2 7.2' },
  border_fire: { color: fire, glyph: 'M2.5 8h9M8.5 4.5L12 8l-3.5 3.5' },
  rocket_fire: { color: fire, glyph: 'M3 13L12 4M7.5 3.6H12.4V8.5' },
  sabotage: { color: fire, glyph: 'M9 2.5L4.5 9H8l-1 4.5L11.5 7H8z' },
  arrest: {
    color: crime,
    glyph: 'M5 8m-2.5 0a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0M11 8m-2.5 0a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0',
  },
  smuggling: { color: crime, glyph: 'M3 5.5h10v7H3zM3 5.5L8 3l5 2.5M8 3v9.5' },
  displacement: { color: people, glyph: 'M3 5h6M6.5 2.5L9 5 6.5 7.5M7 11h6M10.5 8.5L13 11l-2.5 2.5' },
  military_exercise: { color: talks, glyph: 'M3 6.5l5-3 5 3M3 10l5-3 5 3M3 13.5l5-3 5 3' },
  diplomatic: { color: talks, glyph: 'M3 4h10v6.5H8L5 13v-2.5H3z' },
  closure: { color: closure, glyph: 'M3 8h10M3 5.5v5M13 5.5v5' },
  reopening: { color: reopening, glyph: 'M3 8.5l3.5 3.5L13 4.5' },
  disaster: { color: disaster, glyph: 'M8 3l5.5 10h-11zM8 7v3' },
};

const other: CategoryStyle = { color: '#7b8087', glyph: 'M8 8h.01' };

export const categoryOrder = Object.keys(table);

export function categoryStyle(code: string): CategoryStyle {
  return Object.hasOwn(table, code) ? (table[code] ?? other) : other;
}
