/** Decides how each feature looks by the two clocks, and tells when that has changed. */
import { type CollectionId, codeProperty } from '../collections';
import type { Day } from '../dates';
import type { Feature } from '../feature';
import type { Feed } from '../feeds';
import { type FadeStep, fadeOf, fades } from '../style/fade';
import { confirmingSources, lastConfirmed } from '../time/confirmed';
import type { CrowdAges, Faded } from '../time/crowd-ages';
import { SourceDates } from '../time/source-dates';
import { keyOf } from './drawn';
import type { Compared, Look } from './look';

export type Comparison = ReadonlyMap<string, Compared>;

export class Looks {
  readonly #sources: SourceDates;
  readonly #features = new Map<CollectionId, readonly Feature[]>();
  #date: Day = '';
  #comparison: Comparison | null = null;
  #other: Day | null = null;

  constructor(
    readonly onChange: () => void,
    sources?: (onLearnt: () => void) => SourceDates,
    /** For those who say how many are how old. */
    readonly ages: CrowdAges | null = null,
  ) {
    this.#sources = sources?.(onChange) ?? new SourceDates(onChange);
  }

  /** Asks for what is needed to tell the age of a collection's statuses. */
  setFeed(
    collection: CollectionId,
    feed: Feed,
    clocks: { readonly date: Day; readonly recorded: string | null },
  ): void {
    if (feed.phase === 'busy' || codeProperty(collection) !== 'status') return;
    this.#date = clocks.date;
    this.#sources.setRecorded(clocks.recorded);
    const { features = [], crowd = null } = feed.phase === 'ready' ? feed.answer : {};
    this.#features.set(collection, features);
    this.ages?.set(collection, crowd);
    this.#sources.want(features.flatMap(confirmingSources));
  }

  /** Features that came otherwise than in an answer: their age is asked for too. */
  learn = (features: readonly Feature[]): void => this.#sources.want(features.flatMap(confirmingSources));

  /** How what was fetched differs from another date, for which the rest is asked where it is drawn; null ends it. */
  compare(comparison: Comparison | null, other: Day | null): void {
    if (comparison === this.#comparison && other === this.#other) return;
    [this.#comparison, this.#other] = [comparison, other];
    this.onChange();
  }

  other = (): Day | null => this.#other;

  of = (collection: CollectionId, feature: Feature): Look => ({
    fade: this.#fade(feature),
    compared: this.#comparison?.get(keyOf(collection, feature)),
  });

  /** How many features stand back by each step, whether they were fetched or only counted. */
  faded(): Faded {
    const { counts: counted = new Map<FadeStep, number>(), unknown = [], failed = false } = this.ages?.faded() ?? {};
    const counts = new Map<FadeStep, number>(fades.map(({ step }) => [step, counted.get(step) ?? 0]));
    for (const feature of [...this.#features.values()].flat()) {
      const step = this.#fade(feature);
      if (step > 0) counts.set(step, (counts.get(step) ?? 0) + 1);
    }
    return { counts, unknown, failed };
  }

  #fade(feature: Feature): FadeStep {
    return fadeOf(lastConfirmed(feature, this.#date, this.#sources.published)?.years ?? null);
  }
}
