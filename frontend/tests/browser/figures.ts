/** What the tests measure of the page, kept together in artifacts/figures.json; bench/page.mjs makes a document of it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keepFile } from './browser';

const name = 'figures.json';
const file = join(import.meta.dirname, '../../artifacts', name);

export interface Figure {
  /** What was measured, in words. */
  readonly what: string;
  readonly value: number;
  readonly unit: 'ms' | 'kB' | 'MB' | 'frames/s' | '';
  /** What the test holds it to; null where it is only told. */
  readonly limit: string | null;
}

/** Keeps figures under their keys, beside what other files have kept. */
export function keepFigures(figures: Readonly<Record<string, Figure>>): void {
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as object) : {};
  keepFile(name, `${JSON.stringify({ ...known, ...figures }, null, 2)}\n`);
}

/** To a tenth. */
export function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
