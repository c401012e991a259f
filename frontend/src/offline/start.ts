/** Registers the service worker and tells the reader what it changes. */
import { followAge } from '../fetching';
import { OfflineBar } from './bar';
import type { Message } from './worker-scope';

export async function startOffline(host: HTMLElement): Promise<OfflineBar> {
  const bar = new OfflineBar();
  host.append(bar.node);
  followAge(stored => bar.tell(stored));
  // Over plain HTTP, and in some private windows, there is none: the page then needs its server.
  const worker = 'serviceWorker' in navigator ? navigator.serviceWorker : null;
  await worker?.register('sw.js').then(
    registration => {
      if (!registration) return; // browsers that are told to have none
      offerUpdates(registration, bar);
      void keepLoaded(registration);
    },
    () => null,
  );
  return bar;
}

/** What the page asked for before there was a worker, also where the answer comes later. */
async function keepLoaded(registration: ServiceWorkerRegistration): Promise<void> {
  if (navigator.serviceWorker.controller) return;
  const { active } = await navigator.serviceWorker.ready;
  const keep = (entries: PerformanceEntryList): void => {
    const urls = entries.filter(entry => !passedWorker(entry)).map(({ name }) => name);
    const message: Message = { type: 'keep', urls: [...new Set(urls)] };
    if (urls.length > 0) (active ?? registration.active)?.postMessage(message);
  };
  new PerformanceObserver(list => keep(list.getEntries())).observe({ type: 'resource', buffered: true });
}

function passedWorker(entry: PerformanceEntry): boolean {
  return (entry as PerformanceResourceTiming).workerStart > 0;
}

/** A new version waits until the reader asks for it: it would take the page from under their hands. */
function offerUpdates(registration: ServiceWorkerRegistration, bar: OfflineBar): void {
  const offer = (waiting: ServiceWorker) => {
    bar.offer(() => {
      navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
      const message: Message = { type: 'take-over' };
      waiting.postMessage(message);
    });
  };
  if (registration.waiting && navigator.serviceWorker.controller) offer(registration.waiting);
  registration.addEventListener('updatefound', () => {
    const coming = registration.installing;
    coming?.addEventListener('statechange', () => {
      if (coming.state === 'installed' && navigator.serviceWorker.controller) offer(coming);
    });
  });
}
