/** The only module of this page that fetches. Everything it throws is an ApiError. The key is sent once and kept nowhere. */
import type { Schema } from '../api';
import { ApiError, readProblem } from '../fetching';
import type { Difference, Finding, Import, Match, Options, Preview, Progress, Row, Session } from './imports';

/** How many rows and findings are shown; the report has the rest. */
export const shownLimit = 1000;

export const fetchSession = () => ask<Session>('GET', 'api/session');

export const signIn = (key: string) => ask<Session>('POST', 'api/session', { Authorization: `Bearer ${key}` });

export const signOut = () => send('DELETE', 'api/session');

/** A page of the imports there are, the newest first, and the query of the page after it. */
export interface ImportPage {
  readonly imports: readonly Import[];
  /** null where there are no older ones. */
  readonly older: string | null;
}

interface ImportsAnswer {
  readonly imports: readonly Import[];
  readonly links?: readonly { readonly rel?: string; readonly href: string }[];
}

export async function fetchImports(query = '?limit=50'): Promise<ImportPage> {
  const { imports, links } = await ask<ImportsAnswer>('GET', `api/imports${query}`);
  const next = links?.find(({ rel }) => rel === 'next');
  // The server may be reached by another address than the one in its links.
  return { imports, older: next ? new URL(next.href).search : null };
}

export const fetchImport = (id: string) => ask<Import>('GET', importPath(id));

export const stage = (id: string, options: Options) => ask<Import>('POST', importPath(id, '/stage'), {}, options);

export function apply(id: string, tag: string | null, accept: boolean): Promise<Import> {
  return ask('POST', importPath(id, '/apply'), tag === null ? {} : { 'If-Match': tag }, { accept_warnings: accept });
}

export function rollBack(id: string, onlyUntouched: boolean): Promise<Import> {
  return ask('POST', importPath(id, '/rollback'), {}, { only_untouched: onlyUntouched });
}

export const discard = (id: string) => send('DELETE', importPath(id));

export interface SavedMapping {
  readonly name: string;
  readonly collection: string;
}

export async function fetchMappings(): Promise<readonly SavedMapping[]> {
  return (await ask<{ mappings: readonly SavedMapping[] }>('GET', 'api/mappings')).mappings;
}

export function saveMapping(name: string, collection: string, fields: Readonly<Record<string, string>>) {
  return ask<SavedMapping>('PUT', `api/mappings/${encodeURIComponent(name)}`, {}, { collection, fields });
}

export async function fetchProperties(collection: string): Promise<NonNullable<Schema['properties']>> {
  return (await ask<Schema>('GET', `api/collections/${collection}/schema`)).properties ?? {};
}

interface PreviewAnswer {
  readonly findings?: { readonly list?: readonly Finding[]; readonly more?: number };
  readonly mapping?: { readonly matches?: readonly Match[] | null; readonly ignored?: readonly string[] };
  readonly rows?: readonly Row[];
  readonly notes?: readonly string[];
  readonly links?: readonly { readonly rel?: string }[];
}

/** What an import would change or did, the first rows of it. */
export async function fetchPreview(id: string): Promise<Preview> {
  const path = importPath(id, `/preview?limit=${shownLimit}`);
  const [response, drawn] = await Promise.all([
    send('GET', path),
    ask<{ features: readonly Difference[] }>('GET', `${path}&f=geojson`),
  ]);
  const { findings, mapping, rows, notes, links } = await read<PreviewAnswer>(response);
  return {
    tag: response.headers.get('ETag'),
    findings: { list: findings?.list ?? [], more: findings?.more ?? 0 },
    matches: mapping?.matches ?? [],
    ignored: mapping?.ignored ?? [],
    rows: rows ?? [],
    moreRows: links?.some(({ rel }) => rel === 'next') ?? false,
    differences: drawn.features,
    notes: notes ?? [],
  };
}

/** Sends files as they are; fetch cannot tell how far it has come. sent is called with a part of 1. */
export function upload(form: FormData, sent: (part: number) => void): Promise<Import> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.upload.onprogress = event => event.lengthComputable && sent(event.loaded / event.total);
    request.onerror = () => reject(new ApiError('network', null, null));
    request.onload = () => {
      const { status } = request;
      const body = parsed(request.responseText);
      if (status >= 200 && status < 300 && body !== null) resolve(body as Import);
      else reject(new ApiError(status < 300 ? 'unreadable' : 'refused', status, body));
    };
    request.open('POST', 'api/imports');
    request.setRequestHeader('Accept', 'application/json');
    request.send(form);
  });
}

export interface Follower {
  readonly progress: (progress: Progress) => void;
  readonly state: (im: Import) => void;
  readonly lost: () => void;
}

/** Follows what becomes of an import; returns the function that ends it. The browser itself asks again after a break. */
export function follow(id: string, follower: Follower): () => void {
  const events = new EventSource(importPath(id, '/events'));
  events.addEventListener('progress', ({ data }) => follower.progress(JSON.parse(data) as Progress));
  events.addEventListener('state', ({ data }) => follower.state(JSON.parse(data) as Import));
  events.onerror = () => events.readyState === EventSource.CLOSED && follower.lost();
  return () => events.close();
}

export function importPath(id: string, part = ''): string {
  return `api/imports/${encodeURIComponent(id)}${part}`;
}

async function ask<T>(method: string, path: string, headers: Record<string, string> = {}, body?: unknown): Promise<T> {
  return read<T>(await send(method, path, headers, body));
}

async function read<T>(response: Response): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch {
    throw new ApiError('unreadable', response.status, null);
  }
}

async function send(method: string, path: string, headers: Record<string, string> = {}, body?: unknown) {
  const typed = body === undefined ? {} : { 'Content-Type': 'application/json' };
  const init = { method, headers: { Accept: 'application/json', ...typed, ...headers } };
  const response = await fetch(path, body === undefined ? init : { ...init, body: JSON.stringify(body) }).catch(() => {
    throw new ApiError('network', null, null);
  });
  if (!response.ok) throw new ApiError('refused', response.status, await readProblem(response));
  return response;
}

function parsed(text: string): object | null {
  try {
    return JSON.parse(text) as object;
  } catch {
    return null; // a proxy's page, not the server's
  }
}
