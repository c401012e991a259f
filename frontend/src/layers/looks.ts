/** Decides how each feature looks by the two clocks, and tells when that has changed. */
import { type CollectionId, codeProperty } from '../collections';
import type { Day } from '../dates';
import type { Feature } from '../feature';
import type { Feed } from '../feeds';
import { type FadeStep, fadeOf, fades } from '../style/fade';
import { confirmingSources, lastConfirmed } from '../time/confirmed';
import { SourceDates } from '../time/source-dates';
import { keyOf } from './drawn';
import type { Compared, Look } from './look';

export type Comparison = ReadonlyMap<string, Compared>;

export class Looks {
  readonly #sources: SourceDates;
  readonly #features = new Map<CollectionId, readonly Feature[]>();
  #date: Day = '';
  #comparison: Comparison | null = null;

  constructor(
    readonly onChange: () => void,
    sources?: (onLearnt: () => void) => SourceDates,
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
    const features = feed.phase === 'ready' ? feed.answer.features : [];
    this.#features.set(collection, features);
    this.#sources.want(features.flatMap(confirmingSources));
  }

  /** Features that came otherwise than in an answer: their age is asked for too. */
  learn = (features: readonly Feature[]): void => this.#sources.want(features.flatMap(confirmingSources));

  /** Null ends the comparison. */
  compare(comparison: Comparison | null): void {
    if (comparison === this.#comparison) return;
    this.#comparison = comparison;
    this.onChange();
  }

  of = (collection: CollectionId, feature: Feature): Look => ({
    fade: this.#fade(feature),
    compared: this.#comparison?.get(keyOf(collection, feature)),
  });

  /** How many features stand back by each step, the oldest last. */
  faded(): ReadonlyMap<FadeStep, number> {
    const counts = new Map<FadeStep, number>(fades.map(({ step }) => [step, 0]));
    for (const feature of [...this.#features.values()].flat()) {
      const step = this.#fade(feature);
      if (step > 0) counts.set(step, (counts.get(step) ?? 0) + 1);
    }
    return counts;
  }

  #fade(feature: Feature): FadeStep {
    return fadeOf(lastConfirmed(feature, this.#date, this.#sources.published)?.years ?? null);
  }
}
