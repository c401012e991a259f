/** How old the statuses of crowds are: what is not fetched one by one is counted by the server, by the rule of confirmed.ts. */
import type { CollectionId } from '../collections';
import type { Crowd } from '../crowd/counts';
import { type FadeStep, fadeOf } from '../style/fade';

/** Statuses by the full years since they were last confirmed; what does not age has none. */
export type Ages = ReadonlyMap<string, number>;

type FetchAges = (crowd: Crowd, signal: AbortSignal) => Promise<Ages>;

interface Asked {
  readonly crowd: Crowd;
  readonly abort: AbortController;
  /** Null while they are not known. */
  ages: Ages | null;
  failed: boolean;
}

/** What a legend of ages says. */
export interface Faded {
  /** How many stand back by each step. */
  readonly counts: ReadonlyMap<FadeStep, number>;
  /** Collections of which this is not known, for now or because it could not be asked. */
  readonly unknown: readonly CollectionId[];
  readonly failed: boolean;
}

export class CrowdAges {
  readonly #asked = new Map<CollectionId, Asked>();

  constructor(
    readonly onLearnt: () => void,
    /** Nothing is asked before: on a slow line the map itself comes first. */
    readonly ready: Promise<unknown> = Promise.resolve(),
    readonly fetch: FetchAges = fetchAges,
  ) {}

  /** What a collection holds now; null where it is no crowd. */
  set(collection: CollectionId, crowd: Crowd | null): void {
    const before = this.#asked.get(collection);
    if (before?.crowd === crowd) return;
    before?.abort.abort();
    if (crowd === null) {
      this.#asked.delete(collection);
      return;
    }
    // The same question, asked again because the data changed: the last answer stands until the next is there.
    const ages = before?.crowd.asked === crowd.asked ? before.ages : null;
    const asked = { crowd, abort: new AbortController(), ages, failed: false };
    this.#asked.set(collection, asked);
    void this.#ask(asked);
  }

  faded(): Faded {
    const counts = new Map<FadeStep, number>();
    const all = [...this.#asked];
    for (const [years, n] of all.flatMap(([, { ages }]) => [...(ages ?? [])])) {
      const step = fadeOf(Number.isNaN(Number(years)) ? null : Number(years));
      if (step > 0) counts.set(step, (counts.get(step) ?? 0) + n);
    }
    return {
      counts,
      unknown: all.flatMap(([id, { ages }]) => (ages === null ? id : [])),
      failed: all.some(([, { ages, failed }]) => ages === null && failed),
    };
  }

  stop(): void {
    for (const { abort } of this.#asked.values()) abort.abort();
  }

  async #ask(asked: Asked): Promise<void> {
    const { signal } = asked.abort;
    await this.ready;
    if (signal.aborted) return;
    const ages = await this.fetch(asked.crowd, signal).catch(() => null);
    if (signal.aborted) return;
    asked.ages = ages;
    asked.failed = ages === null;
    this.onLearnt();
  }
}

async function fetchAges({ collection, asked }: Crowd, signal: AbortSignal): Promise<Ages> {
  const { fetchCounts } = await import('../crowd/questions');
  return fetchCounts(collection, asked, 'status_age', null, signal);
}
