import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

const script = join(import.meta.dirname, '../../bench/page.mjs');
const documents = join(import.meta.dirname, '../../../docs');
const folder = mkdtempSync(join(tmpdir(), 'bench-page-'));
const [artifacts, docs] = [join(folder, 'artifacts'), join(folder, 'docs')];

const [begins, ends] = ['<!-- make bench-page writes from here -->', '<!-- make bench-page: to here -->'];
const others = '<!-- make bench writes from here -->\nof another program\n<!-- to here -->';

const read = (...path: string[]) => readFileSync(join(...path), 'utf8');
const between = (text: string) => text.split(begins)[1]?.split(ends)[0] ?? '';
const rowsOf = (text: string) => text.split('\n').filter(line => line.startsWith('| '));

/** Any program that says its version stands for the browser. */
function write(): void {
  const env = { ...process.env, CHROMIUM: process.execPath };
  execFileSync(process.execPath, [script, artifacts, docs], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

beforeEach(() => {
  rmSync(artifacts, { recursive: true, force: true });
  mkdirSync(artifacts);
  mkdirSync(join(docs, 'performance'), { recursive: true });
  writeFileSync(join(docs, 'performance.md'), `# By hand\n${others}\n${begins}\nold\n${ends}\nmore by hand\n`);
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('the figures of the page', () => {
  const figures = {
    'slow.data': { what: 'everything drawn', value: 1234, unit: 'ms', limit: '2,500' },
    'slow.bytes': { what: 'bytes until then', value: 200.5, unit: 'kB', limit: '250' },
    'million.pan.p95': { what: '95 of 100 frames', value: 50, unit: 'ms', limit: null },
  };

  it('are written into their page and, by name, into the summary', () => {
    writeFileSync(join(artifacts, 'figures.json'), JSON.stringify(figures));
    write();
    expect(rowsOf(read(docs, 'performance/page.md'))).toContain(
      '| everything drawn | 1,234 ms | 2,500 | `slow.data` |',
    );
    const rows = rowsOf(between(read(docs, 'performance.md')));
    expect(rows).toContain('| first draw | everything drawn | 1,234 ms | 2,500 |');
    expect(rows).toContain('| bytes | bytes until then | 200.5 kB | 250 |');
    expect(rows).toContain('| memory | `slow.heap` | not measured | |');
    expect(rows.join('\n')).not.toContain('95 of 100');
  });

  it('leave everything else of the summary as it is', () => {
    writeFileSync(join(artifacts, 'figures.json'), JSON.stringify(figures));
    write();
    const once = read(docs, 'performance.md');
    const [before, after] = [once.split(begins)[0], once.split(ends)[1]];
    expect([before, after]).toEqual([`# By hand\n${others}\n`, '\nmore by hand\n']);
    write();
    expect(read(docs, 'performance.md')).toBe(once);
  });

  it('are those of the last run where nothing was measured since', () => {
    writeFileSync(join(artifacts, 'figures.json'), JSON.stringify(figures));
    write();
    const [page, summary] = [read(docs, 'performance/page.md'), read(docs, 'performance.md')];
    rmSync(join(artifacts, 'figures.json'));
    writeFileSync(join(docs, 'performance.md'), summary.replace('1,234 ms', 'by hand'));
    write();
    expect([read(docs, 'performance/page.md'), read(docs, 'performance.md')]).toEqual([page, summary]);
  });

  it('are refused where the summary has no place for them', () => {
    writeFileSync(join(artifacts, 'figures.json'), JSON.stringify(figures));
    writeFileSync(join(docs, 'performance.md'), '# By hand\n');
    expect(write).toThrow(/has not the two marks/);
    expect(read(docs, 'performance.md')).toBe('# By hand\n');
  });

  it('are one truth in docs/: first draw, bytes, frames and memory are of the run of their page', () => {
    const page = rowsOf(read(documents, 'performance/page.md')).map(row => row.split(' | ').slice(0, 3));
    const rows = rowsOf(between(read(documents, 'performance.md'))).slice(1);
    const names = new Set(rows.map(row => row.split(' | ')[0]?.slice(2)));
    expect([...names]).toEqual(['first draw', 'bytes', 'frames', 'memory']);
    for (const row of rows) {
      const [, what = '', value, limit = ''] = row.split(' | ');
      expect(page).toContainEqual([`| ${what}`, value, limit.replace(/ \|$/, '')]);
    }
  });
});
