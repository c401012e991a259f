/** The combobox: asks for the names once, finds at every key, and hands on what is chosen. */
import './search.css';
import { fetchWhenever } from '../api';
import { type CollectionId, collectionIds } from '../collections';
import type { Feature } from '../feature';
import { sayError } from '../say-error';
import type { State } from '../state';
import { t } from '../texts';
import type { SearchBox } from './box';
import { readCoordinates } from './coordinates';
import { countryNames } from './countries';
import { type Entry, entriesOf, nameAs, nameProperties } from './entries';
import { find, findCountries } from './find';
import { isThere } from './lifetime';
import { type Choice, optionNode } from './option';

const most = 12; // what a listener can keep in mind; a longer list is better narrowed by another letter

export interface SearchActions {
  readonly state: () => State;
  readonly choose: (choice: Choice, entries: readonly Entry[]) => void;
}

const countries = new Map(Object.entries(countryNames).map(([code, names]) => [code, names.map(nameAs)]));

export class Search {
  #entries: readonly Entry[] | null = null;
  #error: unknown = null;
  #choices: readonly Choice[] = [];
  #active = -1;
  /** The instant whose record the names are of. */
  #recorded: string | null = null;

  constructor(
    readonly box: SearchBox,
    readonly actions: SearchActions,
  ) {
    const { input, list, node } = box;
    input.addEventListener('input', () => this.#find());
    input.addEventListener('keydown', event => this.#key(event));
    // Before the field loses the focus, so that the list is still there when the finger comes up.
    list.addEventListener('pointerdown', event => event.preventDefault());
    list.addEventListener('click', event => this.#click(event));
    node.addEventListener('focusout', event => {
      if (!node.contains(event.relatedTarget as Node | null)) this.#close();
    });
    void this.#load();
    this.#find();
  }

  /** Names change seldom: they are asked for once a visit for each record, and again where that failed. */
  async #load(): Promise<void> {
    const { recorded } = this.actions.state();
    this.#recorded = recorded;
    this.#error = null;
    const { signal } = new AbortController();
    const ask = async (id: CollectionId): Promise<[CollectionId, readonly Feature[]]> => {
      const { features } = await fetchWhenever(id, nameProperties[id], recorded, signal);
      return [id, features];
    };
    try {
      const found = entriesOf(new Map(await Promise.all(collectionIds.map(ask))));
      if (recorded === this.#recorded) this.#entries = found;
    } catch (error) {
      if (recorded === this.#recorded) this.#error = error;
    }
    if (this.box.input.value !== '') this.#find();
  }

  #find(): void {
    const typed = this.box.input.value.trim();
    if (typed === '') {
      this.#close();
      return;
    }
    if (this.actions.state().recorded !== this.#recorded) {
      this.#entries = null;
      void this.#load();
    }
    this.#choices = this.#choicesFor(typed);
    this.#active = -1;
    this.#draw();
    if (this.#error !== null) void this.#load();
  }

  #choicesFor(typed: string): Choice[] {
    const place = readCoordinates(typed);
    const state = this.actions.state();
    const lands = findCountries(countries, typed).map((code): Choice => ({ kind: 'country', code }));
    const items = find(this.#entries ?? [], typed, most).map(
      ({ entry, name }): Choice => ({ kind: 'item', entry, name, there: isThere(entry, state) }),
    );
    return [...(place ? [{ kind: 'place' as const, place }] : []), ...(this.#entries ? lands : []), ...items];
  }

  #draw(): void {
    const { list, status, input } = this.box;
    list.replaceChildren(...this.#choices.map((choice, index) => optionNode(choice, index, this.actions.state().date)));
    status.textContent = this.#say();
    input.setAttribute('aria-expanded', String(this.#choices.length > 0));
    this.box.node.classList.add('open');
    this.#activate(this.#active);
  }

  #say(): string {
    if (this.#error !== null) return t('search.failed', { reason: sayError(this.#error) });
    if (this.#entries === null) return t('search.loading');
    return this.#choices.length === 0 ? t('search.none') : t('search.count', { n: this.#choices.length });
  }

  #key(event: KeyboardEvent): void {
    const last = this.#choices.length - 1;
    switch (event.key) {
      case 'ArrowDown':
        this.#activate(this.#active >= last ? 0 : this.#active + 1);
        break;
      case 'ArrowUp':
        this.#activate(this.#active <= 0 ? last : this.#active - 1);
        break;
      case 'Enter':
        this.#choose(Math.max(0, this.#active));
        break;
      case 'Escape':
        // First the list goes, then what was typed.
        if (this.box.node.classList.contains('open')) this.#close();
        else this.box.input.value = '';
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  #activate(index: number): void {
    const { list, input } = this.box;
    this.#active = this.#choices.length === 0 ? -1 : index;
    for (const [at, option] of [...list.children].entries()) {
      option.setAttribute('aria-selected', String(at === this.#active));
    }
    const option = list.children[this.#active];
    if (!option) {
      input.removeAttribute('aria-activedescendant');
      return;
    }
    input.setAttribute('aria-activedescendant', option.id);
    option.scrollIntoView({ block: 'nearest' });
  }

  #click(event: MouseEvent): void {
    const option = (event.target as Element).closest('[role="option"]');
    if (option) this.#choose([...this.box.list.children].indexOf(option));
  }

  #choose(index: number): void {
    const choice = this.#choices[index];
    if (!choice) return;
    this.#close();
    this.actions.choose(choice, this.#entries ?? []);
  }

  #close(): void {
    const { input, node, list, status } = this.box;
    node.classList.remove('open');
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
    list.replaceChildren();
    status.textContent = '';
    this.#choices = [];
    this.#active = -1;
  }
}
