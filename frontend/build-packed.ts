/** Writes beside each file of a build what it is when packed with Brotli, as small as it gets; the server sends that. */
import { brotliCompressSync, constants } from 'node:zlib';
import type { Plugin } from 'vite';

/** What packing makes smaller. */
const texts = /^assets\/.*\.(js|css|json|svg)$/;

/** Below it the names of the header cost more than is saved. */
const least = 1000;

export function packed(): Plugin {
  return {
    name: 'oxus-packed',
    apply: 'build',
    writeBundle: {
      order: 'post',
      async handler({ dir }, bundle) {
        const { readFile, writeFile } = await import('node:fs/promises');
        const { join } = await import('node:path');
        const files = Object.keys(bundle).filter(name => texts.test(name));
        await Promise.all(
          files.map(async name => {
            const path = join(dir ?? 'dist', name);
            const plain = await readFile(path);
            if (plain.length < least) return;
            const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length };
            const small = brotliCompressSync(plain, { params });
            if (small.length < plain.length) await writeFile(`${path}.br`, small);
          }),
        );
      },
    },
  };
}
