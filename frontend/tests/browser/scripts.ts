/** The scripts of the built page: which of them holds what, how large they are, and which a page has loaded. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';

const folder = join(import.meta.dirname, '../../dist/assets');

const words = {
  charts: 'u-over',
  comparison: 'compare-swap',
  documentation: 'opblock-summary',
  graph: 'period-shade',
  list: 'list-sort',
  record: 'recorded-at',
  search: 'search-option-',
} as const;

export type Part = keyof typeof words;

/** The script that holds a part of the page, found by a word that no other has. */
export function scriptOf(part: Part): string {
  const names = readdirSync(folder).filter(
    name => name.endsWith('.js') && readFileSync(join(folder, name), 'utf8').includes(words[part]),
  );
  const [name] = names;
  if (name === undefined || names.length > 1) throw new Error(`${part} is in ${names.join(' and ') || 'no script'}`);
  return name;
}

/** In bytes, as packed as a server has it. */
export function packedSize(name: string): number {
  return gzipSync(readFileSync(join(folder, name)), { level: 9 }).length;
}

export function hasLoaded(page: Page, part: Part): Promise<boolean> {
  return page.evaluate(
    script => performance.getEntriesByType('resource').some(({ name }) => name.endsWith(`/${script}`)),
    scriptOf(part),
  );
}
