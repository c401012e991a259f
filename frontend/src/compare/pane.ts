import '../css/compare.css';
import { type CollectionId, codeProperty } from '../collections';
import { DateField } from '../date-field';
import { type Day, sayDate, today } from '../dates';
import { button, element, renew } from '../dom';
import type { Feature, ItemKey } from '../feature';
import type { Feed } from '../feeds';
import { noFilters } from '../filters/filter';
import type { Comparison as Differences } from '../layers/looks';
import { placeIn } from '../live/place-in';
import { Question } from '../question';
import { sayError } from '../say-error';
import type { State } from '../state';
import { label, t } from '../texts';
import { askChanges, type Changes } from '../time/change-questions';
import type { WorldChange } from '../time/changes';
import { countDifferent, differences } from './difference';
import { changeList } from './list';
import { changesBetween, fetchOtherDate, type OtherDate } from './questions';

export interface CompareActions {
  /** Where the pane stands. */
  readonly host: HTMLElement;
  /** West, south, east, north of the map. */
  readonly box: () => string;
  readonly setCompare: (date: string | null) => void;
  readonly swap: () => void;
  readonly select: (key: ItemKey) => void;
  /** A change under the name of its feature in the language of the page. */
  readonly named: (change: WorldChange) => WorldChange;
  /** How features differ from those of the other date; null when nothing is compared. */
  readonly show: (differences: Differences | null, other: Day | null) => void;
  readonly failed: (error: unknown) => void;
}

/** Two dates side by side: what differs is marked on the map, and what changed in between is listed. */
export class ComparePane {
  readonly node: HTMLElement;
  readonly #date: DateField;
  readonly #asOf = element('strong', {});
  readonly #summary = element('p', { class: 'compare-summary', role: 'status' });
  readonly #list = element('div', {
    class: 'compare-list',
    tabindex: 0,
    role: 'group',
    'aria-label': t('compare.list'),
  });
  readonly #tooMany = element('p', { class: 'quiet', hidden: true });
  readonly #crowds = new Set<CollectionId>();
  readonly #now = new Map<CollectionId, readonly Feature[]>();
  readonly #features: Question<OtherDate>;
  readonly #changes: Question<Changes>;
  readonly #returnFocus: Element | null;
  #then: OtherDate = new Map();
  #state: State | null = null;

  constructor(readonly actions: CompareActions) {
    this.#date = new DateField('compare-date', t('compare.with'), today(), actions.setCompare);
    const failed = (error: unknown) => {
      this.#summary.textContent = t('load.failed', { reason: sayError(error) });
    };
    this.#features = new Question<OtherDate>(then => this.#setThen(then), failed);
    this.#changes = new Question<Changes>(changes => this.#setChanges(changes), failed);
    const title = element('h2', { tabindex: -1 }, t('compare.title'));
    this.node = element(
      'section',
      { class: 'compare', 'aria-label': t('compare.title') },
      element(
        'header',
        {},
        title,
        button({ class: 'compare-close', 'aria-label': t('compare.close') }, () => actions.setCompare(null), '×'),
      ),
      element(
        'div',
        { class: 'compare-dates' },
        element('p', {}, element('span', {}, t('date.asOf')), this.#asOf),
        button({ class: 'compare-swap', 'aria-label': t('compare.swap'), title: t('compare.swap') }, actions.swap, '⇄'),
        this.#date.node,
      ),
      this.#summary,
      this.#tooMany,
      element('p', { class: 'quiet' }, t('compare.legend')),
      this.#list,
    );
    this.node.addEventListener('keydown', event => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      actions.setCompare(null);
    });
    actions.host.append(this.node);
    // A press opened it, unless the address did.
    this.#returnFocus = document.activeElement;
    if (this.#returnFocus !== document.body) title.focus({ preventScroll: true });
  }

  update(state: State): void {
    const { compare } = state;
    if (compare === null) return;
    const before = this.#state;
    this.#state = state;
    this.#asOf.textContent = sayDate(state.date);
    this.#date.set(compare);
    if (before?.compare !== compare) this.#then = new Map();
    this.#askOther(state, compare);
    const questions = changesBetween(state, compare, this.actions.box());
    this.#changes.ask(questions.join(' ') || 'none', signal => askChanges(questions, signal));
    if (before && before.filters !== state.filters) this.#show();
  }

  /** The data have changed: both answers are asked for anew. */
  refresh(): void {
    if (this.#state !== null) this.update(this.#state);
    void this.#features.again();
    void this.#changes.again();
  }

  setFeed(collection: CollectionId, feed: Feed): void {
    if (feed.phase === 'busy') return;
    const crowd = feed.phase === 'ready' && feed.answer.crowd !== undefined;
    if (feed.phase === 'ready' && !crowd) this.#now.set(collection, feed.answer.features);
    else this.#now.delete(collection);
    if (crowd) this.#crowds.add(collection);
    else this.#crowds.delete(collection);
    if (this.#state?.compare) this.#askOther(this.#state, this.#state.compare);
    this.#show();
  }

  #askOther(state: State, compare: Day): void {
    const crowds = new Set([...this.#crowds].filter(id => codeProperty(id) === 'status'));
    const asked = [compare, state.recorded, state.layers, '', ...crowds].join(' ');
    this.#features.ask(asked, signal => fetchOtherDate(state, compare, crowds, signal));
    const names = [...crowds].map(id => label('layer', id)).join(t('list.separator'));
    this.#tooMany.hidden = crowds.size === 0;
    this.#tooMany.textContent = t('compare.tooMany', { names });
  }

  remove(): void {
    this.#features.stop();
    this.#changes.stop();
    const inside = this.node.contains(document.activeElement);
    this.node.remove();
    if (inside && this.#returnFocus instanceof HTMLElement) this.#returnFocus.focus();
  }

  #setThen(then: OtherDate): void {
    this.#then = then;
    this.#show();
  }

  #setChanges({ changes, more }: Changes): void {
    const back = placeIn('.compare-list');
    const inside = this.#list.contains(document.activeElement);
    renew(this.#list, [changeList(changes.map(this.actions.named), more, this.actions.select)]);
    if (!back() && inside) this.#list.focus({ preventScroll: true });
  }

  #show(): void {
    const { date = '', compare, filters = noFilters } = this.#state ?? {};
    if (!compare) return;
    const found = differences(this.#now, this.#then, compare, filters);
    this.actions.show(found, compare);
    if (found.size === 0) {
      this.#summary.textContent = '';
      return;
    }
    const dates = { date: sayDate(date), other: sayDate(compare) };
    this.#summary.textContent = t('compare.summary', { n: countDifferent(found), of: found.size, ...dates });
  }
}
