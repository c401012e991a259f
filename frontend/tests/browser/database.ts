/** A PostgreSQL with PostGIS of the tests' own, and invented incidents, crossings and lines in it, as many as are asked for. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const binary = join(import.meta.dirname, '../../../bin/oxus');
const versions = '/usr/lib/postgresql';

export interface Database {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startDatabase(): Promise<Database> {
  const bin = findPrograms();
  const folder = mkdtempSync(join(tmpdir(), 'oxus-million-'));
  const as = unprivileged(folder);
  const data = join(folder, 'data');
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync', '--locale=C.UTF-8'],
    {
      ...as,
      cwd: folder,
      stdio: 'ignore',
    },
  );
  const settings = [
    'listen_addresses=',
    'fsync=off',
    'synchronous_commit=off',
    'full_page_writes=off',
    'autovacuum=off',
  ];
  const memory = ['shared_buffers=256MB', 'maintenance_work_mem=256MB', 'max_wal_size=4GB'];
  const options = [...settings, ...memory].flatMap(setting => ['-c', setting]);
  const child = spawn(join(bin, 'postgres'), ['-D', data, '-k', folder, ...options], {
    ...as,
    cwd: folder,
    stdio: 'ignore',
  });
  const url = `postgres://postgres@/postgres?host=${encodeURIComponent(folder)}`;
  await answering(bin, url, child);
  return {
    url,
    async stop() {
      const ended = new Promise(resolve => child.once('exit', resolve));
      child.kill('SIGINT'); // a fast shutdown, which cuts clients off
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root. */
function unprivileged(folder: string): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  const [uid, gid] = [id('-u'), id('-g')];
  chownSync(folder, uid, gid);
  return { uid, gid };
}

function findPrograms(): string {
  const newest = existsSync(versions) ? readdirSync(versions).sort((a, b) => Number(b) - Number(a))[0] : undefined;
  if (newest === undefined) {
    throw new Error(
      `No PostgreSQL in ${versions}. Install one with "apt-get install postgresql-15 postgresql-15-postgis-3".`,
    );
  }
  return join(versions, newest, 'bin');
}

async function answering(bin: string, url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) throw new Error(`PostgreSQL ended with ${child.exitCode} before it answered`);
    try {
      run(bin, url, 'SELECT 1');
      return;
    } catch {
      await new Promise(resolve => setTimeout(resolve, 100));
    }
  }
  throw new Error('PostgreSQL did not answer within 20 seconds');
}

function run(bin: string, url: string, sql: string): void {
  execFileSync(join(bin, 'psql'), [url, '-qX', '-v', 'ON_ERROR_STOP=1', '-c', sql], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/** Two years of incidents between 67 and 73° east, 36 and 39° north. Every word of them is invented. */
function incidents(from: number, to: number): string {
  return `
    INSERT INTO oxus.incidents (id, title, category, confidence, country, start_date, start_precision, end_date,
      end_precision, summary, sources, position_accuracy_m, geom, recorded)
    SELECT 'invented-' || n, 'Invented incident ' || n,
      (ARRAY['armed_clash','attack','border_fire','smuggling','arrest','closure','displacement'])[1 + (n * 2654435761 % 1009) % 7],
      (ARRAY['confirmed','claimed','disputed'])[1 + n % 3], (ARRAY['Tajikistan','Afghanistan'])[1 + n % 2],
      date '2024-11-01' + (n % 730)::int, 'day', date '2024-11-01' + (n % 730)::int, 'day', 'Invented for a test.',
      '{invented}', 500, ST_SetSRID(ST_MakePoint(67 + 6 * (n * 7919 % 1000003) / 1000003.0,
        36 + 3 * (n * 104729 % 999983) / 999983.0), 4326), '2020-01-01'
    FROM generate_series(${from}::bigint, ${to}) n`;
}

/**
 * Fills an empty database. The rows go past the triggers, which would write the history of each, and their indexes are
 * made afterwards; the last one is written as any program would, so that there is a state to read.
 */
export function fill({ url }: Database, count: number): void {
  const bin = findPrograms();
  execFileSync(binary, ['migrate'], { env: { ...process.env, DATABASE_URL: url }, stdio: 'ignore' });
  run(
    bin,
    url,
    `SET session_replication_role = replica;
     INSERT INTO oxus.sources (id, publisher, title, recorded) VALUES ('invented', 'Invented', 'Invented for a test', '2020-01-01');
     DROP INDEX oxus.incidents_where_when;
     ALTER TABLE oxus.incidents DROP CONSTRAINT incidents_pkey;
     ${incidents(1, count - 1)};
     ALTER TABLE oxus.incidents ADD CONSTRAINT incidents_pkey PRIMARY KEY (id);
     CREATE INDEX incidents_where_when ON oxus.incidents USING gist (geom, lifetime);
     SET session_replication_role = origin;
     ${incidents(count, count)};`,
  );
  run(bin, url, 'VACUUM ANALYZE oxus.incidents');
}

/** Crossings in a grid between 67 and 73° east, 36 and 39° north, of four kinds of status. Every word of them is invented. */
function crossings(count: number, accuracy: number): string {
  return `
    INSERT INTO oxus.crossings (id, name_en, side_a_country, side_b_country, summary, sources, position_accuracy_m, geom)
    SELECT 'invented-' || n, 'Invented crossing ' || n, 'TJ', (ARRAY['AF','UZ'])[1 + n % 2], 'Invented for a test.', '{invented}', ${accuracy},
      ST_SetSRID(ST_MakePoint(67 + 6 * (n % 100) / 100.0, 36 + 3 * (n / 100) / (${count} / 100.0)), 4326)
    FROM generate_series(1, ${count}) n;
    INSERT INTO oxus.crossings_status (id, feature, kind, status, from_date, from_precision, to_date, to_precision, end_basis, sources)
    SELECT 'open-' || n, 'invented-' || n, 'phase', 'open', '2010-01-01', 'day', '2022-01-01', 'day', 'ended', '{invented}'
    FROM generate_series(1, ${count}) n WHERE n % 4 > 0;
    INSERT INTO oxus.crossings_status (id, feature, kind, status, from_date, from_precision, end_basis, sources)
    SELECT 'later-' || n, 'invented-' || n, 'phase', (ARRAY['open','closed','restricted'])[n % 4], '2022-01-01', 'day', 'ongoing', '{invented}'
    FROM generate_series(1, ${count}) n WHERE n % 4 > 0;`;
}

/** Lines of two bends over the same ground, of three voltages, two of three operating. Every word of them is invented. */
function lines(count: number): string {
  return `
    INSERT INTO oxus.transmission_lines (id, name_en, project, voltage_kv, from_country, to_country, summary, sources,
      geometry_accuracy_m, geom)
    SELECT 'invented-' || n, 'Invented line ' || n, 'Invented', (ARRAY[500,220,NULL])[1 + n % 3], 'TJ', (ARRAY['AF','UZ'])[1 + n % 2],
      'Invented for a test.', '{invented}', (ARRAY[100,5000])[1 + n % 2],
      ST_SetSRID(ST_MakeLine(ARRAY[ST_MakePoint(x, y), ST_MakePoint(x + 0.03, y + 0.008), ST_MakePoint(x + 0.055, y)]), 4326)
    FROM (SELECT n, 67 + 6 * (n % 100) / 100.0 AS x, 36.01 + 3 * (n / 100) / (${count} / 100.0) AS y FROM generate_series(1, ${count}) n) places;
    INSERT INTO oxus.transmission_lines_status (id, feature, kind, status, from_date, from_precision, end_basis, sources)
    SELECT 'works-' || n, 'invented-' || n, 'phase', (ARRAY['operating','damaged'])[1 + n % 2], '2012-01-01', 'day', 'ongoing', '{invented}'
    FROM generate_series(1, ${count}) n WHERE n % 3 > 0;`;
}

/** Crossings whose place nobody has written down, closed since 2022 every second one. Every word of them is invented. */
function unplaced(count: number): string {
  return `
    INSERT INTO oxus.crossings (id, name_en, side_a_country, side_b_country, summary, sources)
    SELECT 'nowhere-' || n, 'Invented crossing of no place ' || n, 'TJ', 'AF', 'Invented for a test.', '{invented}'
    FROM generate_series(1, ${count}) n;
    INSERT INTO oxus.crossings_status (id, feature, kind, status, from_date, from_precision, end_basis, sources)
    SELECT 'nowhere-' || n, 'nowhere-' || n, 'phase', 'closed', '2022-01-01', 'day', 'ongoing', '{invented}'
    FROM generate_series(1, ${count}) n WHERE n % 2 = 0;`;
}

/** Incidents of one day on less than a square kilometre, and one alone to the east of them. Every word of them is invented. */
function dense(count: number): string {
  return `
    INSERT INTO oxus.incidents (id, title, category, confidence, country, start_date, start_precision, end_date,
      end_precision, summary, sources, position_accuracy_m, geom)
    SELECT 'invented-' || n, 'Invented incident ' || CASE n WHEN 0 THEN 'alone' ELSE n::text END, 'smuggling', 'confirmed', 'Tajikistan',
      '2023-03-01', 'day', '2023-03-01', 'day', 'Invented for a test.', '{invented}', 5000,
      ST_SetSRID(ST_MakePoint(CASE n WHEN 0 THEN 70.25 ELSE 70 + n % 100 / 10000.0 END, 37.56 + n / 100 / 10000.0), 4326)
    FROM generate_series(0, ${count}) n;`;
}

export interface Crowds {
  readonly crossings: number;
  readonly lines: number;
  /** How many crossings more have no place. */
  readonly unplaced?: number;
  /** Within how many metres the place of each crossing is known. */
  readonly accuracy?: number;
  /** How many incidents lie on one spot; there is one more beside them. */
  readonly incidents?: number;
}

/** Fills an empty database with crossings and lines. */
export function fillCrowds({ url }: Database, of: Crowds): void {
  const bin = findPrograms();
  execFileSync(binary, ['migrate'], { env: { ...process.env, DATABASE_URL: url }, stdio: 'ignore' });
  run(
    bin,
    url,
    `INSERT INTO oxus.sources (id, publisher, title, published) VALUES ('invented', 'Invented', 'Invented for a test', '2023-05-01');
     ${crossings(of.crossings, of.accuracy ?? 50)} ${unplaced(of.unplaced ?? 0)} ${lines(of.lines)}
     ${of.incidents ? dense(of.incidents) : ''}`,
  );
}
