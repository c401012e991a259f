/**
 * Writes docs/performance/page.md from what the browser tests have measured, and the short table of docs/performance.md from that page:
 * `make bench-page`. Where nothing was measured yet, the page stays and the short table is written from it.
 * Usage: node bench/page.mjs [folder of figures.json] [folder of documents]
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';

const here = import.meta.dirname;
const [artifacts = join(here, '../artifacts'), docs = join(here, '../../docs')] = process.argv.slice(2);
const measured = join(artifacts, 'figures.json');
const page = join(docs, 'performance/page.md');
const summary = join(docs, 'performance.md');

/** The generated part of the summary stands between these two; `make bench` writes between others. */
const begins = '<!-- make bench-page writes from here -->';
const ends = '<!-- make bench-page: to here -->';

/** What the summary tells, under the keys of the figures. */
const names = {
  'first draw': ['slow.data', 'slow.basemap'],
  bytes: ['slow.bytes', 'scripts.first'],
  frames: ['million.pan.frames', 'million.drag.frames'],
  memory: ['slow.heap', 'million.heap', 'million.growth'],
};

const said = ({ value, unit }) => `${value.toLocaleString('en')}${unit && ` ${unit}`}`;
const version = (program, ...options) =>
  execFileSync(program, options, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    .trim()
    .split('\n')[0];

function writePage(figures) {
  const rows = Object.entries(figures).map(
    ([key, figure]) => `| ${figure.what} | ${said(figure)} | ${figure.limit ?? ''} | \`${key}\` |`,
  );
  const processors = cpus();
  const machine = `${processors.length} × ${processors[0]?.model.trim() || 'processor without a name'}, ${Math.round(totalmem() / 2 ** 30)} GB`;
  mkdirSync(join(docs, 'performance'), { recursive: true });
  writeFileSync(
    page,
    `<!-- make bench-page writes this file from frontend/artifacts/figures.json. -->

# What the map page costs

Measured by the browser tests \`slow.test.ts\` (the curated dataset on a slow line with an empty cache) and \`million.test.ts\` (a million invented
incidents in PostGIS on the same machine), which fail beyond the limits. The server's figures are in [performance.md](../performance.md).

\`\`\`sh
make bench-page
\`\`\`

| | |
|---|---|
| machine | ${machine} |
| browser | ${version(process.env.CHROMIUM ?? '/usr/bin/chromium', '--version')}, without a graphics card |
| Node | ${process.version} |
| day | ${new Date().toISOString().slice(0, 10)} |
| load average of the last quarter of an hour | ${loadavg()[2].toFixed(1)}: of what was measured and of all else the machine did |

| figure | measured | limit | key in \`frontend/artifacts/figures.json\` |
|---|---|---|---|
${rows.join('\n')}

The heap is that of V8 after a forced collection; pictures and canvases are not in it. Frames are counted by the time stamps of \`requestAnimationFrame\`, in the best
of three tries, because the machine may do other things meanwhile.
`,
  );
}

/** Taken from the page as it stands, so that the two cannot tell different runs. */
function writeSummary() {
  const cells = readFileSync(page, 'utf8')
    .split('\n')
    .filter(line => line.startsWith('| '))
    .map(line => line.split('|').map(cell => cell.trim()));
  const rowOf = first => cells.find(([, head]) => head === first);
  const figureOf = key => cells.find(row => row[4] === `\`${key}\``);
  const rows = Object.entries(names).flatMap(([name, keys]) =>
    keys.map(key => {
      const [, what, value, limit] = figureOf(key) ?? [];
      return value === undefined
        ? `| ${name} | \`${key}\` | not measured | |`
        : `| ${name} | ${what} | ${value} | ${limit} |`;
    }),
  );
  const text = readFileSync(summary, 'utf8');
  const [before, rest] = text.split(begins);
  const [, after] = rest?.split(ends) ?? [];
  if (after === undefined) throw new Error(`${summary} has not the two marks ${begins} and ${ends} to write between`);
  const made = `On ${rowOf('day')?.[2]}, ${rowOf('machine')?.[2]}, load average ${rowOf('load average of the last quarter of an hour')?.[2]}.

| | what | measured | limit |
|---|---|---|---|
${rows.join('\n')}`;
  writeFileSync(summary, `${before}${begins}\n\n${made}\n\n${ends}${after}`);
}

if (existsSync(measured)) writePage(JSON.parse(readFileSync(measured, 'utf8')));
writeSummary();
