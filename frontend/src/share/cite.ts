/** References to what is on the map: lasting, because both clocks are set. */
import { writeAddress } from '../address';
import { fetchApi } from '../api';
import type { CollectionId } from '../collections';
import { parametersOf, type Shown } from './shown';

interface Cited {
  readonly url: string;
  readonly reference: string;
}

export interface Citation {
  readonly text: string;
  readonly bibtex: string;
}

/** Asks the server for a reference to each collection shown; all at the moment of the first. */
export async function cite(shown: Shown, home: string, signal: AbortSignal): Promise<Citation> {
  const cited: Cited[] = [];
  let recorded: string | null = null;
  for (const id of shown.state.layers) {
    const one: Cited = await citeOne(shown, id, recorded, signal);
    recorded ??= new URL(one.url).searchParams.get('as-recorded');
    cited.push(one);
  }
  const link = home + writeAddress({ ...shown.state, recorded: recorded ?? shown.state.recorded });
  return { text: textOf(link, cited, shown.state.date, recorded), bibtex: bibtexOf(link, shown.state.date, recorded) };
}

function citeOne(shown: Shown, id: CollectionId, recorded: string | null, signal: AbortSignal): Promise<Cited> {
  const parameters = parametersOf(shown, id);
  parameters.set('collection', id);
  if (recorded !== null) parameters.set('as-recorded', recorded);
  return fetchApi<Cited>(`cite?${parameters}`, signal);
}

function textOf(link: string, cited: readonly Cited[], date: string, recorded: string | null): string {
  const view = `Oxus contributors. Map as of ${date}${recorded === null ? '' : `, as recorded ${recorded}`}. ${link} (ODbL 1.0).`;
  return [view, ...cited.map(({ reference }) => reference)].join('\n\n');
}

export function bibtexOf(link: string, date: string, recorded: string | null): string {
  const year = (recorded ?? new Date().toISOString()).slice(0, 4);
  return [
    `@misc{oxus-${date},`,
    '  author = {{Oxus contributors}},',
    `  title = {Oxus: the Tajik–Afghan border and around it, as of ${date}},`,
    `  year = {${year}},`,
    `  url = {${link.replace(/[{}\\]/g, encodeURIComponent)}},`,
    `  note = {${recorded === null ? '' : `As recorded ${recorded}. `}Open Database License (ODbL) 1.0},`,
    '}',
  ].join('\n');
}
