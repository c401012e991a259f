/** The combobox: asks for the names once, finds at every key, and hands on what is chosen. */
import './search.css';
import type { CollectionId } from '../collections';
import { renew, setText } from '../dom';
import { sayError } from '../say-error';
import type { State } from '../state';
import { t } from '../texts';
import type { SearchBox } from './box';
import { readCoordinates } from './coordinates';
import { countryNames } from './countries';
import { type Entry, nameAs } from './entries';
import { find, findCountries } from './find';
import { isThere } from './lifetime';
import { Names } from './names';
import { type Choice, markOf, optionNode } from './option';

const most = 12; // what a listener can keep in mind; a longer list is better narrowed by another letter

export interface SearchActions {
  readonly state: () => State;
  readonly choose: (choice: Choice, entries: readonly Entry[]) => void;
}

const countries = new Map(Object.entries(countryNames).map(([code, names]) => [code, names.map(nameAs)]));

export class Search {
  /** A list that the reader has closed, or left, stays closed when names come. */
  readonly #names = new Names(() => {
    if (this.box.node.classList.contains('open')) this.#show();
  });
  #choices: readonly Choice[] = [];
  #active = -1;

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
    node.addEventListener('focusin', () => this.#load());
    this.#load();
    this.#find();
  }

  /** Names of these collections have changed: asked for at once where the reader is searching, else when they come to it. */
  refresh(ids: readonly CollectionId[]): void {
    this.#names.forget(ids);
    if (this.box.node.contains(document.activeElement)) this.#load();
  }

  #load(): void {
    this.#names.setRecorded(this.actions.state().recorded);
    void this.#names.load();
  }

  #find(): void {
    if (this.box.input.value.trim() === '') {
      this.#close();
      return;
    }
    this.#load();
    this.#active = -1;
    this.#show();
  }

  /** Draws what is found among the names that are known; what the reader was at stays chosen. */
  #show(): void {
    const before = this.#choices[this.#active];
    this.#choices = this.#choicesFor(this.box.input.value.trim());
    const mark = before && markOf(before);
    this.#active = this.#choices.findIndex(choice => markOf(choice) === mark);
    this.#draw();
  }

  #choicesFor(typed: string): Choice[] {
    const { entries } = this.#names;
    const place = readCoordinates(typed);
    const state = this.actions.state();
    const lands = findCountries(countries, typed).map((code): Choice => ({ kind: 'country', code }));
    const items = find(entries ?? [], typed, most).map(
      ({ entry, name }): Choice => ({ kind: 'item', entry, name, there: isThere(entry, state) }),
    );
    return [...(place ? [{ kind: 'place' as const, place }] : []), ...(entries ? lands : []), ...items];
  }

  #draw(): void {
    const { list, status, input } = this.box;
    const { date } = this.actions.state();
    renew(
      list,
      this.#choices.map((choice, index) => optionNode(choice, index, date)),
    );
    setText(status, this.#say());
    input.setAttribute('aria-expanded', String(this.#choices.length > 0));
    this.box.node.classList.add('open');
    this.#activate(this.#active);
  }

  #say(): string {
    const { error, entries } = this.#names;
    if (error !== null) return t('search.failed', { reason: sayError(error) });
    if (entries === null) return t('search.loading');
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
    this.actions.choose(choice, this.#names.entries ?? []);
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
