import { defineConfig } from 'vite';

export default defineConfig({
  // Relative addresses: the page works under any path a proxy puts it at.
  base: './',
  // public/ holds dist's placeholder, so that emptying dist before a build brings it back.
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': process.env.OXUS_URL ?? 'http://127.0.0.1:8080' } },
});
