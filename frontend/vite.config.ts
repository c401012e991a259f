import { defineConfig } from 'vite';
import { packed } from './build-packed';
import { serviceWorker } from './build-worker';

/** Files that others know by their name, and so have no hash in it. */
const names: Readonly<Record<string, string>> = { sw: 'sw.js', 'embed-element': 'embed.js' };

export default defineConfig({
  plugins: [serviceWorker(['./', 'manifest.webmanifest', 'icons/icon.svg', 'icons/icon-192.png']), packed()],
  // Relative addresses: the page works under any path a proxy puts it at.
  base: './',
  // public/ holds dist's placeholder, so that emptying dist before a build brings it back.
  build: {
    outDir: 'dist',
    // The documentation of the API and the page of imports are pages of their own, each at
    // the depth of its address: the map loads nothing of them.
    rolldownOptions: {
      input: {
        index: 'index.html',
        docs: 'api/docs.html',
        maintain: 'maintain.html',
        translating: 'translating.html',
        embed: 'embed.html',
        'embed-docs': 'embed/docs.html',
        'embed-element': 'src/embed/element.ts',
        sw: 'src/offline/worker.ts',
      },
      output: { entryFileNames: ({ name }) => names[name] ?? 'assets/[name]-[hash].js' },
    },
    // Swagger UI comes as one file of 1.5 MB, which that page alone loads.
    chunkSizeWarningLimit: 1600,
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': process.env.OXUS_URL ?? 'http://127.0.0.1:8080' } },
});
