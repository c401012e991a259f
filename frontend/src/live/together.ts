/**
 * Maps embedded in one page share one stream of changes: over HTTP/1.1 a browser has six connections to a server, and
 * each map needs them for its data. One frame has the stream and tells the others; when it leaves, another takes over.
 */
import { followVersions, type Versions } from '../fetching';
import type { Follow } from './live';

const name = 'oxus-versions';

/** What frames tell each other: versions that were heard, or null from one that has come and heard nothing yet. */
type Told = Versions | null;

export const followTogether: Follow = (changed, lost) => {
  // Browsers keep locks from pages that came over plain HTTP: there each frame hears for itself.
  const locks: LockManager | undefined = navigator.locks;
  if (!locks) return followVersions(changed, lost);
  const channel = new BroadcastChannel(name);
  const left = new AbortController();
  const leave = () => {
    left.abort();
    channel.close();
  };
  channel.onmessage = ({ data }: MessageEvent<Told>) => {
    if (data !== null) changed(data);
  };
  const lead = () =>
    new Promise<void>(release => {
      if (left.signal.aborted) release();
      else
        leadUntil(
          left.signal,
          channel,
          changed,
          () => {
            leave();
            lost();
          },
          release,
        );
    });
  // Who gives up waiting is told so by an error, and so are frames in a page of another site where the browser keeps them
  // apart: there, too, each hears for itself.
  void locks.request(name, { signal: left.signal }, lead).catch(() => {
    if (!left.signal.aborted) void lead();
  });
  channel.postMessage(null);
  return leave;
};

/** Has the stream, until the frame leaves it or loses it. */
function leadUntil(
  left: AbortSignal,
  channel: BroadcastChannel,
  changed: (versions: Versions) => void,
  lost: () => void,
  release: () => void,
): void {
  let known: Versions = {};
  const stop = followVersions(versions => {
    known = { ...known, ...versions };
    channel.postMessage(versions);
    changed(versions);
  }, lost);
  channel.onmessage = ({ data }: MessageEvent<Told>) => {
    if (data === null && Object.keys(known).length > 0) channel.postMessage(known);
  };
  left.addEventListener('abort', () => {
    stop();
    release();
  });
}
