/** Which files make one upload: one file, or a shapefile's with their common name. */
import type { Key } from './texts';

const siblings = ['shp', 'dbf', 'shx', 'prj', 'cpg', 'qpj', 'sbn', 'sbx'];
const needed = ['shp', 'dbf'];

export interface Named {
  readonly name: string;
  readonly size: number;
}

/** The files that go up together, or the text of what is wrong with the choice. */
export type Chosen<F> = { readonly files: readonly F[]; readonly bytes: number } | { readonly fault: Key };

export function chosen<F extends Named>(files: readonly F[]): Chosen<F> {
  const [first, ...others] = files;
  if (!first) return { fault: 'upload.none' };
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (bytes === 0) return { fault: 'upload.empty' };
  if (others.length === 0 && extension(first) !== 'shp') return { files, bytes };
  // A file of another kind beside a shapefile would be taken for a part of it.
  if (!files.every(file => siblings.includes(extension(file)) && stem(file) === stem(first))) {
    return { fault: 'upload.several' };
  }
  const there = files.map(extension);
  if (!needed.every(one => there.includes(one)) || new Set(there).size < there.length) {
    return { fault: 'upload.siblings' };
  }
  return { files, bytes };
}

function extension({ name }: Named): string {
  return name.slice(name.lastIndexOf('.') + 1).toLowerCase();
}

function stem({ name }: Named): string {
  const at = name.lastIndexOf('.');
  return at < 0 ? name : name.slice(0, at);
}
