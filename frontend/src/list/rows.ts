/** The rows of the list: what the shown collections hold within the map's view. */
import { type CollectionId, codeProperty, collectionIds } from '../collections';
import type { Within } from '../crowd/questions';
import { sayDate } from '../dates';
import { sayWhen } from '../details/incident';
import { codeOf, type Feature, type ItemKey, nameOf, type Precision, type Properties, text } from '../feature';
import type { Feed } from '../feeds';
import { countriesOf } from '../search/entries';
import { label } from '../texts';
import { type Box, isInView } from './in-view';

export interface Row {
  readonly key: ItemKey;
  readonly name: string;
  readonly kind: string;
  readonly code: string;
  readonly status: string;
  /** In words, as exact as it is known; blank where nothing is known. */
  readonly since: string;
  /** The day, to sort by. */
  readonly day: string;
  readonly country: string;
}

export interface Listing {
  readonly rows: readonly Row[];
  /** How many are in view, listed or not. */
  readonly inView: number;
  /** Shown collections of which the first alone are listed, because there are too many. */
  readonly first: readonly CollectionId[];
  /** How many the shown collections hold, in view or not. */
  readonly total: number;
  /** How many of them have no known position, and so are never in view. */
  readonly unplaced: number;
  /** Shown collections whose features are not at hand: on their way, or refused. */
  readonly missing: readonly CollectionId[];
}

/** crowds are what is known of those in view. */
export function listingOf(
  feeds: ReadonlyMap<CollectionId, Feed>,
  box: Box,
  crowds: ReadonlyMap<CollectionId, Within> = new Map(),
): Listing {
  const rows: Row[] = [];
  const [missing, first]: [CollectionId[], CollectionId[]] = [[], []];
  let [total, unplaced, unlisted] = [0, 0, 0];
  for (const id of collectionIds) {
    const feed = feeds.get(id);
    if (feed?.phase !== 'ready') {
      if (feed && feed.phase !== 'off') missing.push(id);
      continue;
    }
    const { features, crowd } = feed.answer;
    if (crowd) {
      const found = crowds.get(id);
      total += crowd.all;
      if (!found) missing.push(id);
      else if (found.matched > found.features.length) first.push(id);
      unlisted += found ? found.matched - found.features.length : 0;
      rows.push(...(found?.features ?? []).map(feature => rowOf(id, feature)));
      continue;
    }
    total += features.length;
    unplaced += features.filter(({ geometry }) => geometry === null).length;
    rows.push(...features.filter(({ geometry }) => isInView(geometry, box)).map(feature => rowOf(id, feature)));
  }
  return { rows, inView: rows.length + unlisted, total, unplaced, missing, first };
}

export function rowOf(collection: CollectionId, feature: Feature): Row {
  const { properties, id } = feature;
  const incident = codeProperty(collection) === 'category';
  const code = codeOf(feature);
  const since = text(properties, 'status_since');
  const precision = (text(properties, 'status_since_precision') ?? 'day') as Precision;
  return {
    key: { collection, id },
    name: nameOf(feature),
    kind: label('layer', collection),
    code,
    status: label(incident ? 'category' : 'status', code),
    since: incident ? sayWhen(properties) : since === null ? '' : sayDate(since, precision),
    day: (incident ? text(properties, 'start_date') : since) ?? '',
    country: countryOf(properties),
  };
}

/** The country or the two it lies between. One the page has no name for is named as the data do. */
function countryOf(properties: Properties): string {
  return countriesOf(properties)
    .map(code => (/^[A-Z]{2}$/.test(code) ? label('country', code) : code))
    .join(' – ');
}
