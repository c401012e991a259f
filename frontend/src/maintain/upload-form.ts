import { element } from '../dom';
import type { SavedMapping } from './api';
import { chosen } from './files';
import { targets } from './imports';
import { saySize } from './say';
import { label, sayTarget, t } from './texts';

export interface UploadRequest {
  readonly collection: string;
  readonly mapping: string;
  readonly mode: string;
  readonly files: readonly File[];
}

/** A request as it is sent. */
export function formOf({ collection, mapping, mode, files }: UploadRequest): FormData {
  const form = new FormData();
  form.set('collection', collection);
  form.set('mapping', mapping);
  form.set('mode', mode);
  // Fields come before files: the server writes these to the disk as they come.
  for (const file of files) form.append('file', file);
  return form;
}

const modes = ['upsert', 'replace', 'insert', 'update-only'] as const;

/** Where a file is chosen or dropped, and what it goes into. */
export class UploadForm {
  readonly node: HTMLFormElement;
  readonly #collection = element(
    'select',
    { id: 'collection' },
    ...targets.map(id => element('option', { value: id }, sayTarget(id))),
  );
  readonly #mode = element(
    'select',
    { id: 'mode' },
    ...modes.map(mode => element('option', { value: mode }, label('mode', mode))),
  );
  readonly #mapping = element('select', { id: 'mapping' });
  readonly #input = element('input', { id: 'file', type: 'file', multiple: true, 'aria-describedby': 'file-help' });
  readonly #said = element('p', { class: 'chosen', 'aria-live': 'polite' });
  #files: readonly File[] = [];
  #mappings: readonly SavedMapping[] = [];

  constructor(upload: (request: UploadRequest) => void, refuse: (text: string) => void) {
    const drop = element(
      'div',
      { class: 'drop' },
      element('label', { for: 'file' }, t('upload.file')),
      this.#input,
      element('p', { id: 'file-help', class: 'quiet' }, t('upload.help')),
      this.#said,
    );
    this.node = element(
      'form',
      { class: 'card upload' },
      element('h2', { tabindex: -1 }, t('upload.title')),
      field('collection', t('upload.collection'), this.#collection),
      field('mode', t('upload.mode'), this.#mode),
      field('mapping', t('upload.mapping'), this.#mapping),
      drop,
      element('button', { type: 'submit', class: 'main-button' }, t('upload.start')),
    );
    this.setMappings([]);
    this.#input.addEventListener('change', () => this.#choose([...(this.#input.files ?? [])]));
    this.#collection.addEventListener('change', () => this.setMappings(this.#mappings));
    this.#takeDrops(drop);
    this.node.addEventListener('submit', event => {
      event.preventDefault();
      this.#submit(upload, refuse);
    });
  }

  setMappings(mappings: readonly SavedMapping[]): void {
    this.#mappings = mappings;
    const fitting = mappings.filter(({ collection }) => collection === this.#collection.value);
    const options = fitting.map(({ name }) => element('option', { value: name }, name));
    this.#mapping.replaceChildren(element('option', { value: '' }, t('upload.noMapping')), ...options);
  }

  focus(): void {
    this.node.querySelector('h2')?.focus();
  }

  /** Forgets the files, once they are up. */
  clear(): void {
    this.#input.value = '';
    this.#choose([]);
  }

  #choose(files: readonly File[]): void {
    this.#files = files;
    const choice = chosen(files);
    if (files.length === 0) this.#said.textContent = '';
    else if ('fault' in choice) this.#said.textContent = t(choice.fault);
    else {
      const names = files.map(({ name }) => name).join(', ');
      this.#said.textContent = t('upload.chosen', { names, size: saySize(choice.bytes) });
    }
  }

  #takeDrops(drop: HTMLElement): void {
    const mark = (over: boolean) => drop.classList.toggle('over', over);
    drop.addEventListener('dragover', event => {
      event.preventDefault();
      mark(true);
    });
    drop.addEventListener('dragleave', () => mark(false));
    drop.addEventListener('drop', event => {
      event.preventDefault();
      mark(false);
      this.#choose([...(event.dataTransfer?.files ?? [])]);
    });
  }

  #submit(upload: (request: UploadRequest) => void, refuse: (text: string) => void): void {
    const choice = chosen(this.#files);
    if ('fault' in choice) {
      refuse(t(choice.fault));
      this.#input.focus();
      return;
    }
    const [collection, mode, mapping] = [this.#collection.value, this.#mode.value, this.#mapping.value];
    upload({ collection, mode, mapping, files: choice.files });
  }
}

function field(id: string, text: string, control: HTMLElement): HTMLElement {
  return element('div', { class: 'field' }, element('label', { for: id }, text), control);
}
