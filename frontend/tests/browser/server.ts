/** The server under test: the one OXUS_URL names, else bin/oxus started on a free port with an empty file. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const binary = join(import.meta.dirname, '../../../bin/oxus');

export interface Server {
  readonly url: string;
  /** Makes a key of a maintainer. */
  key(name: string): string;
  stop(): Promise<void>;
}

/** environment is added to the server's own; with a database named in it there is no file. */
export async function startServer(environment: Readonly<Record<string, string>> = {}): Promise<Server> {
  const given = process.env.OXUS_URL;
  if (given) return { url: given.replace(/\/?$/, '/'), key: givenKey, stop: async () => {} };
  if (!existsSync(binary)) throw new Error(`${binary} is missing: run "make build" first, or set OXUS_URL`);
  const folder = mkdtempSync(join(tmpdir(), 'oxus-browser-'));
  const file = join(folder, 'oxus.gpkg');
  const keeper = environment.DATABASE_URL === undefined ? ['--file', file] : ['--uploads', join(folder, 'uploads')];
  const arguments_ = ['serve', '--listen', '127.0.0.1:0', ...keeper];
  const env = { ...serverEnvironment(), ...environment };
  const child = spawn(binary, arguments_, { stdio: ['ignore', 'ignore', 'pipe'], env });
  const url = await listening(child);
  return {
    url,
    key(name) {
      const made = ['key', 'add', name, '--role', 'maintainer', '--file', file];
      return execFileSync(binary, made, {
        env: serverEnvironment(),
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
    },
    async stop() {
      const ended = new Promise(resolve => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The key to a server that is not the tests' own. */
function givenKey(): string {
  const key = process.env.OXUS_KEY;
  if (!key) throw new Error('OXUS_KEY is not set: name the key of a maintainer of the server at OXUS_URL in it');
  return key;
}

/** The tests are about the page; they use the file, whatever database the shell names. */
function serverEnvironment(): NodeJS.ProcessEnv {
  const { DATABASE_URL: _, ...environment } = process.env;
  return environment;
}

/** The server says on its log where it listens. */
async function listening(child: ChildProcess): Promise<string> {
  if (!child.stderr) throw new Error('the server has no log');
  const seen: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    seen.push(line);
    const address = addressIn(line);
    if (address === null) continue;
    child.stderr.resume(); // a full pipe would stop the server
    return `http://${address}/`;
  }
  throw new Error(`the server ended before it listened:\n${seen.join('\n')}`);
}

function addressIn(line: string): string | null {
  try {
    const { msg, address } = JSON.parse(line) as { msg?: string; address?: string };
    return msg === 'listening' && address ? address : null;
  } catch {
    return null;
  }
}
