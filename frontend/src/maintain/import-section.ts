/** Everything about the open import: counts first, then what it asks, what can be done, what was found and what differs. */
import { button, element } from '../dom';
import type { Store } from '../store';
import { actionButtons } from './actions';
import { changesList } from './changes';
import { countsList } from './counts';
import { findingsTable } from './findings';
import type { ImportMap } from './import-map';
import { type Import, isBusy, isOpen, type Preview } from './imports';
import { mappingTable } from './mapping-table';
import { Part } from './part';
import { sayMeta } from './past';
import { questionsForm } from './questions';
import { sayName } from './say';
import { mayApply, type State, withAccepted, withError, withNotice } from './state';
import type { Steps } from './steps';
import { sayTarget, t } from './texts';

const noProperties: readonly string[] = [];

export class ImportSection {
  readonly node = element('section', { class: 'card import', 'aria-labelledby': 'import-heading', hidden: true });
  readonly #heading = element('h2', { id: 'import-heading', tabindex: -1, dir: 'auto' });
  readonly #meta = element('p', { class: 'quiet' });
  readonly #counts = new Part(element('div'), (im: Import) => [countsList(im)].filter(one => one !== null));
  readonly #questions = new Part(element('div'), (im: Import) => this.#makeQuestions(im));
  readonly #actions = new Part(element('div'), (im: Import) => this.#makeActions(im));
  readonly #found = new Part(element('div'), (preview: Preview | null) => this.#makeFound(preview));
  readonly #mapping = new Part(element('div'), (preview: Preview | null, im: Import, properties: readonly string[]) =>
    preview ? mappingTable(preview, properties, isOpen(im) ? this.#mapper(im) : null) : [],
  );
  #apply: HTMLButtonElement | null = null;

  constructor(
    readonly store: Store<State>,
    readonly steps: Steps,
    readonly map: ImportMap,
  ) {
    const close = button({ class: 'close' }, () => steps.close(), t('import.close'));
    const parts = [this.#counts, this.#questions, this.#actions, this.#found, this.#mapping];
    this.node.append(close, this.#heading, this.#meta, ...parts.map(({ node }) => node));
  }

  update(state: State): void {
    const { open, preview } = state;
    this.node.hidden = open === null;
    if (!open) return;
    this.#heading.textContent = t('import.heading', { file: sayName(open), collection: sayTarget(open.collection) });
    this.#meta.textContent = sayMeta(open);
    const { progress: _, ...still } = open;
    const im = this.#same(isBusy(open) ? open : still);
    this.#counts.show(im);
    this.#questions.show(im);
    this.#actions.show(im);
    this.#found.show(preview);
    this.#mapping.show(preview, im, state.properties[open.collection] ?? noProperties);
    if (this.#apply) this.#apply.disabled = !mayApply(state);
  }

  focus(): void {
    this.#heading.focus();
  }

  #shown: Import | null = null;

  /** The import as shown before where nothing of it is another but how far its checking has come. */
  #same(im: Import): Import {
    const was = this.#shown;
    const same =
      was?.id === im.id && was.changed === im.changed && isBusy(was) === isBusy(im) && was.failure === im.failure;
    if (!same || !was) this.#shown = im;
    return this.#shown ?? im;
  }

  #makeQuestions(im: Import): readonly HTMLElement[] {
    if (isBusy(im) || im.state !== 'decoded' || !im.questions?.length) return [];
    return [
      questionsForm(im.questions, {
        answer: answers => void this.steps.stage(im, answers),
        refuse: text => this.#refuse(text),
        show: bounds => this.map.showBox(bounds),
      }),
    ];
  }

  #makeActions(im: Import): readonly HTMLElement[] {
    const accept = (accepted: boolean) => this.store.change(state => withAccepted(state, accepted));
    const { nodes, apply } = actionButtons(im, this.steps, accept);
    this.#apply = apply;
    return nodes;
  }

  #makeFound(preview: Preview | null): readonly HTMLElement[] {
    if (!preview) return [];
    const notes = preview.notes.map(note => element('li', {}, note));
    return [
      ...findingsTable(preview.findings, ([lon, lat]) => this.map.show(lon, lat)),
      ...(preview.rows.length > 0 || preview.findings.list.length > 0
        ? changesList(preview, difference => this.map.showRow(difference))
        : []),
      ...(notes.length > 0 ? [element('h3', {}, t('import.notes')), element('ul', { class: 'notes' }, ...notes)] : []),
    ];
  }

  #mapper(im: Import) {
    return {
      // Those of a saved mapping are among what is shown, so they are said here too.
      use: (map: Readonly<Record<string, string>>) => void this.steps.stage(im, { map }),
      save: async (name: string, map: Readonly<Record<string, string>>) => {
        if (await this.steps.saveMapping(name, im, map))
          this.store.change(state => withNotice(state, t('mapping.saved', { name })));
      },
      refuse: (text: string) => this.#refuse(text),
    };
  }

  #refuse(text: string): void {
    this.store.change(state => withError(state, text));
  }
}
