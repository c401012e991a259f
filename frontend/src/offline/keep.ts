/** What the service worker may keep, and as what. Pure, so that it can be tried without a worker. */

export type Kind = 'shell' | 'asset' | 'data' | 'none';

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly mode: string;
  readonly hasKey: boolean;
}

/** Parts of the API that are about somebody, never end, or are files to be kept elsewhere. */
const notData = /^(imports|mappings|session|events|docs|openapi\.json|assets)(\/|$)|^[^/]+\.[a-z.]+$/;

/** scope is the folder of the worker, with its slash. */
export function kindOf(asked: Asked, scope: string): Kind {
  if (asked.method !== 'GET' || asked.hasKey || !asked.url.startsWith(scope)) return 'none';
  const { pathname } = new URL(asked.url);
  const path = pathname.slice(new URL(scope).pathname.length);
  if (asked.mode === 'navigate') return path === '' || path === 'index.html' ? 'shell' : 'none';
  if (path.startsWith('assets/') || path.startsWith('icons/')) return 'asset';
  if (!path.startsWith('api/')) return 'none';
  return notData.test(path.slice('api/'.length)) ? 'none' : 'data';
}

/** Whether an answer is the same for everybody. */
export function mayKeep(status: number, caching: string | null): boolean {
  return status === 200 && !/\b(private|no-store)\b/.test(caching ?? '');
}

export const storedHeader = 'x-oxus-stored';

/** The headers of an answer as it is kept: unpacked, and with the moment it came. */
export function keptHeaders(headers: Headers, now: Date): Headers {
  const kept = new Headers(headers);
  kept.delete('content-encoding');
  kept.delete('content-length');
  kept.set(storedHeader, now.toISOString());
  return kept;
}
