/** Puts the list of the shell into the service worker: what the map needs to start without its server. */
import { createHash } from 'node:crypto';
import type { Plugin, Rolldown } from 'vite';

type Bundle = Rolldown.OutputBundle;

/** Loaded only when asked for, and kept by the worker when it is: other languages, charts, what is shared. */
const onDemand = /^(texts\.)/;

export function serviceWorker(shell: readonly string[]): Plugin {
  return {
    name: 'oxus-service-worker',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const worker = bundle['sw.js'];
        if (worker?.type !== 'chunk') throw new Error('the build has no sw.js');
        const files = filesOf(bundle, 'index');
        const list = new URLSearchParams([...shell, ...files].map(file => ['file', file]));
        const html = Object.values(bundle).find(({ fileName }) => fileName === 'index.html');
        const text = html?.type === 'asset' ? String(html.source) : '';
        list.set('version', createHash('sha256').update(`${list}${text}${worker.code}`).digest('hex').slice(0, 12));
        if (!worker.code.includes('__SHELL__')) throw new Error('sw.js has no place for its list');
        worker.code = worker.code.replace('__SHELL__', list.toString());
      },
    },
  };
}

/** An entry, the chunks it needs at once or later, and their styles and files. */
function filesOf(bundle: Bundle, entry: string): string[] {
  const files = new Set<string>();
  const add = (name: string): void => {
    const chunk = bundle[name];
    if (chunk?.type !== 'chunk' || files.has(name)) return;
    files.add(name);
    const { importedCss, importedAssets } = chunk.viteMetadata ?? {};
    for (const file of [...(importedCss ?? []), ...(importedAssets ?? [])]) files.add(file);
    for (const next of chunk.imports) add(next);
    for (const next of chunk.dynamicImports) {
      const later = bundle[next];
      if (later?.type === 'chunk' && !onDemand.test(later.name)) add(next);
    }
  };
  for (const { type, fileName } of Object.values(bundle)) {
    const chunk = bundle[fileName];
    if (type === 'chunk' && chunk?.type === 'chunk' && chunk.isEntry && chunk.name === entry) add(fileName);
  }
  return [...files].sort();
}
