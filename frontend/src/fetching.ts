/**
 * The only module of the map that fetches. What it throws is an ApiError, except the AbortError of a cancelled question.
 * A line that was cut and a server that is busy are asked again, a little later each time.
 */

/** 'offline': the server cannot be reached, and this answer was never seen before. */
export type ErrorKind = 'network' | 'offline' | 'refused' | 'unreadable';

export interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly Fault[];
}

/** One broken rule, with what places it. */
export interface Fault {
  readonly rule?: string;
  readonly detail?: string;
  readonly parameter?: string;
  readonly record?: number;
  readonly feature?: string;
  readonly field?: string;
}

export class ApiError extends Error {
  constructor(
    readonly kind: ErrorKind,
    readonly status: number | null,
    readonly problem: Problem | null,
  ) {
    super(`${kind}${status === null ? '' : ` ${status}`}${problem?.detail ? `: ${problem.detail}` : ''}`);
    this.name = 'ApiError';
  }
}

/** How long is waited before each further try, where the server does not say. */
const waits = [300, 900];

/** A server that asks for more patience than this is told to the reader instead. */
const longestWait = 5000;

/** Refusals that a little later may be none. */
const passing = new Set([429, 502, 503, 504]);

/** The service worker's answer to what it was asked offline and does not have. */
const notStored = 'x-oxus-not-stored';

/** What an address answers, read as JSON. */
export async function fetchJson<T>(path: string, signal: AbortSignal): Promise<T> {
  const response = await fetchOrFail(path, signal);
  if (response.headers.has(notStored)) throw new ApiError('offline', null, null);
  if (!response.ok) throw new ApiError('refused', response.status, await readProblem(response));
  try {
    return (await response.json()) as T;
  } catch (error) {
    throw signal.aborted ? error : new ApiError('unreadable', response.status, null);
  }
}

/** The answer itself, whatever its status. */
export async function fetchOrFail(
  path: string,
  signal: AbortSignal,
  accept = 'application/geo+json, application/json',
): Promise<Response> {
  for (const wait of waits) {
    const response = await once(path, signal, accept).catch((error: unknown) => {
      if (signal.aborted) throw error;
      return null;
    });
    const asked = response === null ? wait : waitOf(response, wait);
    if (response !== null && asked === null) return response;
    await pause(asked ?? wait, signal);
  }
  return once(path, signal, accept);
}

async function once(path: string, signal: AbortSignal, accept: string): Promise<Response> {
  try {
    const response = await fetch(path, { signal, headers: { Accept: accept } });
    if (path.startsWith('api/')) noteAge(response);
    return response;
  } catch (error) {
    throw signal.aborted ? error : new ApiError('network', null, null);
  }
}

let age: { stored: string | null; tell: (stored: string | null) => void } = { stored: null, tell: () => {} };

/** Tells of each answer when the service worker had kept it, null for one that comes from the server; at once of the last. */
export function followAge(tell: (stored: string | null) => void): void {
  age = { ...age, tell };
  tell(age.stored);
}

function noteAge({ headers }: Response): void {
  if (headers.has(notStored)) return;
  age.stored = headers.get('x-oxus-stored');
  age.tell(age.stored);
}

/** How long to wait before asking again; null for an answer that stands. */
function waitOf(response: Response, otherwise: number): number | null {
  if (!passing.has(response.status) || response.headers.has(notStored)) return null;
  const seconds = Number(response.headers.get('Retry-After') ?? Number.NaN);
  const wait = Number.isNaN(seconds) ? otherwise : seconds * 1000;
  return wait <= longestWait ? wait : null;
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

export async function readProblem(response: Response): Promise<Problem | null> {
  try {
    return (await response.json()) as Problem;
  } catch {
    return null; // a proxy's page, not the server's
  }
}

export type Versions = Readonly<Record<string, string>>;

/** Follows which collections change, until the returned function is called; lost is called once, when the stream breaks. */
export function followVersions(changed: (versions: Versions) => void, lost: () => void): () => void {
  const stream = new EventSource('api/events');
  stream.addEventListener('versions', event => {
    const { versions } = JSON.parse(event.data) as { versions?: Versions };
    if (versions) changed(versions);
  });
  stream.addEventListener('error', () => {
    stream.close();
    lost();
  });
  return () => stream.close();
}
