/** Rules that hold for the text of the page's own source. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'src');

interface File {
  readonly name: string;
  readonly text: string;
}

const files: File[] = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.ts'))
  .map(name => ({ name, text: readFileSync(join(folder, name), 'utf8') }));

/** Every way in which a text could be read as HTML or as code, by the browser or by Leaflet. */
const htmlWays: readonly RegExp[] = [
  /\b(inner|outer)HTML\b/,
  /\binsertAdjacentHTML\b|\bcreateContextualFragment\b|\bDOMParser\b|\bsetHTMLUnsafe\b/,
  /\bdocument\.write/,
  /\beval\(|new Function\(|setTimeout\(\s*['"`]/,
  /\.(bind|open)(Popup|Tooltip)\(\s*[^)\s]/,
  /\.(addAttribution|setPrefix)\(|\battribution:\s/,
  /['"`]srcdoc['"`]|setAttribute\(\s*['"`](style|on)/,
];

/** Allowed in one module each, which takes nodes only. */
const gates: readonly { readonly way: RegExp; readonly file: string }[] = [
  { way: /\.setContent\(/, file: 'leaflet-content.ts' },
  { way: /\bdivIcon\(|\bhtml:/, file: 'layers/mark-icon.ts' },
];

function faults({ name, text }: File): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const found = htmlWays.filter(way => way.test(code));
  const past = gates.filter(({ way, file }) => name !== file && way.test(code)).map(({ way }) => way);
  return [...found, ...past].map(way => `${name}: ${way}`);
}

describe('the source', () => {
  it('is found', () => {
    expect(files.length).toBeGreaterThan(30);
  });

  it('never reads a text as HTML', () => {
    expect(files.flatMap(faults)).toEqual([]);
  });

  it.each([
    'node.innerHTML = name',
    "marker.bindPopup('<b>' + name)",
    'layer.bindTooltip(name)',
    'popup.setContent(name)',
    'L.divIcon({ html: name })',
    "node.insertAdjacentHTML('beforeend', name)",
    "node.setAttribute('style', 'color: red')",
    "map.attributionControl.addAttribution('<a>')",
    "setTimeout('go()')",
  ])('would be caught with %s', text => {
    expect(faults({ name: 'planted.ts', text })).not.toEqual([]);
  });

  it('fetches in one module a page', () => {
    expect(
      files.filter(({ text }) => /(?<![.\w])fetch\(|XMLHttpRequest|EventSource|WebSocket/.test(text)).map(f => f.name),
    ).toEqual(['fetching.ts', 'maintain/api.ts', 'offline/worker.ts']);
  });

  it('keeps its files short, catalogues too', () => {
    const linesOf = (list: typeof files) => list.map(f => f.text.split('\n').length).sort((a, b) => a - b);
    const isCatalogue = ({ name }: { name: string }) => /(^|\/)(texts|codes)\./.test(name);
    const code = linesOf(files.filter(file => !isCatalogue(file)));
    expect(code.at(-1)).toBeLessThanOrEqual(200);
    expect(code[Math.floor(code.length / 2)]).toBeLessThanOrEqual(120);
    expect(linesOf(files.filter(isCatalogue)).at(-1)).toBeLessThanOrEqual(350);
  });

  it.each(['src/css', 'tests'])('keeps its files short in %s', folder => {
    const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
    const files = names.filter(name => /\.(ts|css)$/.test(name));
    expect(files.length).toBeGreaterThan(10);
    const lines = (name: string) =>
      readFileSync(join(root, folder, name), 'utf8')
        .trimEnd()
        .split('\n').length;
    expect(files.filter(name => lines(name) > 350)).toEqual([]);
  });

  it('sizes text by what the reader has set', () => {
    const styles = readdirSync(join(folder, 'css')).map(name => readFileSync(join(folder, 'css', name), 'utf8'));
    expect(styles.flatMap(text => text.match(/font(-size)?:\s*[\d.]+px.*/g) ?? [])).toEqual([]);
  });

  it.each(['index.html', 'maintain.html', 'translating.html', 'api/docs.html', 'embed.html', 'embed/docs.html'])(
    'has no inline script, style or handler in %s',
    name => {
      const page = readFileSync(join(root, name), 'utf8');
      expect(page).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
    },
  );
});
