/**
 * The service worker: keeps the shell of the map as it was built, and the last answer to each question, for when the
 * server cannot be reached. Data comes from the server whenever it can. The build puts the list of the shell in.
 */
import { keptHeaders, kindOf, mayKeep } from './keep';
import type { FetchEvent, Message, WorkerScope } from './worker-scope';

const scope = self as unknown as WorkerScope;
const built = new URLSearchParams('__SHELL__');
const shellName = `oxus-shell-${built.get('version')}`;
const dataName = 'oxus-data-1';
/** Answers kept; the oldest go first. */
const maxAnswers = 300;
/** An answer larger than this is not kept, in bytes. */
const maxBytes = 24 << 20;

scope.addEventListener('install', event => event.waitUntil(keepShell()));

scope.addEventListener('activate', event => event.waitUntil(dropOld().then(() => scope.clients.claim())));

scope.addEventListener('message', event => {
  const message = event.data as Message;
  if (message.type === 'take-over') event.waitUntil(scope.skipWaiting());
  if (message.type === 'keep') event.waitUntil(Promise.allSettled(message.urls.map(keepLoaded)));
});

scope.addEventListener('fetch', event => {
  const answer = answerTo(event);
  if (answer) event.respondWith(answer);
});

async function keepShell(): Promise<void> {
  const cache = await caches.open(shellName);
  await cache.addAll(built.getAll('file').map(file => new Request(file, { cache: 'no-cache' })));
}

async function dropOld(): Promise<void> {
  const names = (await caches.keys()).filter(name => name.startsWith('oxus-'));
  await Promise.all(names.filter(name => name !== shellName && name !== dataName).map(name => caches.delete(name)));
}

function answerTo(event: FetchEvent): Promise<Response> | null {
  const { request } = event;
  switch (kindOfRequest(request)) {
    case 'shell':
      return fromShell(new Request('./'), request);
    case 'asset':
      return fromShell(request, request);
    case 'data':
      return data(event);
    default:
      return null;
  }
}

function kindOfRequest(request: Request) {
  const { method, url, mode, headers } = request;
  return kindOf({ method, url, mode, hasKey: headers.has('authorization') }, scope.registration.scope);
}

/** What was built together is served together; a name with a hash never changes. */
async function fromShell(kept: Request, request: Request): Promise<Response> {
  const cache = await caches.open(shellName);
  const found = await cache.match(kept, { ignoreVary: true });
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok && kept === request) await cache.put(kept, answer.clone());
  return answer;
}

async function data(event: FetchEvent): Promise<Response> {
  const { request } = event;
  try {
    const answer = await fetch(request);
    event.waitUntil(keep(request.url, answer.clone()));
    return answer;
  } catch (error) {
    if (request.signal.aborted) throw error;
    const kept = await (await caches.open(dataName)).match(request.url, { ignoreVary: true });
    return kept ?? new Response(null, { status: 504, headers: { 'x-oxus-not-stored': '1' } });
  }
}

async function keep(url: string, answer: Response): Promise<void> {
  if (!mayKeep(answer.status, answer.headers.get('cache-control'))) return;
  const body = await answer.blob();
  if (body.size > maxBytes) return;
  const cache = await caches.open(dataName);
  await cache.put(url, new Response(body, { headers: keptHeaders(answer.headers, new Date()) }));
  const keys = await cache.keys();
  await Promise.all(keys.slice(0, Math.max(0, keys.length - maxAnswers)).map(key => cache.delete(key)));
}

/** What a page had loaded before this worker was there; the browser still has most of it. */
async function keepLoaded(url: string): Promise<void> {
  const request = new Request(url, { headers: { Accept: 'application/geo+json, application/json' } });
  const kind = kindOfRequest(request);
  if (kind === 'asset') await fromShell(request, request);
  if (kind === 'data') await keep(url, await fetch(request));
}
