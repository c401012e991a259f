// Writes docs/performance/page.md from what the browser tests have measured: `make bench-page`.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';

const here = import.meta.dirname;
const figures = JSON.parse(readFileSync(join(here, '../artifacts/figures.json'), 'utf8'));
const folder = join(here, '../../docs/performance');

const said = ({ value, unit }) => `${value.toLocaleString('en')}${unit && ` ${unit}`}`;
const rows = Object.entries(figures).map(
  ([key, figure]) => `| ${figure.what} | ${said(figure)} | ${figure.limit ?? ''} | \`${key}\` |`,
);
const version = (program, ...options) =>
  execFileSync(program, options, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    .trim()
    .split('\n')[0];
const processors = cpus();
const machine = `${processors.length} × ${processors[0]?.model.trim() || 'processor without a name'}, ${Math.round(totalmem() / 2 ** 30)} GB`;

mkdirSync(folder, { recursive: true });
writeFileSync(
  join(folder, 'page.md'),
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
