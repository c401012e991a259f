import { element } from '../dom';
import type { Bounds, Choice, Options, Question } from './imports';
import { label, t } from './texts';

export interface Asker {
  readonly answer: (answers: Options) => void;
  readonly refuse: (text: string) => void;
  /** Shows where the file would lie under a choice. */
  readonly show: (bounds: Bounds | null) => void;
}

/** The options whose answer can be any text, whatever choices there are. */
const free = ['crs', 'encoding', 'key', 'layer'];

export function questionsForm(questions: readonly Question[], asker: Asker): HTMLElement {
  const fields = questions.map(question => new QuestionField(question, asker.show));
  const form = element(
    'form',
    { class: 'questions' },
    element('h3', {}, t('question.title')),
    ...fields.map(({ node }) => node),
    element('button', { type: 'submit', class: 'main-button' }, t('question.answer')),
  );
  form.addEventListener('submit', event => {
    event.preventDefault();
    const open = fields.find(({ answer }) => answer === '');
    if (!open) return asker.answer(Object.fromEntries(fields.map(({ option, answer }) => [option, answer])));
    asker.refuse(t('question.open'));
    open.focus();
  });
  return form;
}

class QuestionField {
  readonly node: HTMLElement;
  readonly #radios: HTMLInputElement[] = [];
  readonly #other: HTMLInputElement | null;

  constructor(
    readonly question: Question,
    show: Asker['show'],
  ) {
    const { option, detail, choices = [] } = question;
    const title = label('question', option);
    this.node = element('fieldset', {}, element('legend', {}, title), element('p', { class: 'quiet' }, detail));
    for (const choice of choices) this.node.append(this.#choice(choice, () => show(choice.bounds ?? null)));
    this.#other = free.includes(option) ? element('input', { type: 'text', class: 'other' }) : null;
    if (!this.#other) return;
    this.#other.setAttribute('aria-label', t('question.otherOf', { question: title }));
    const radio = this.#radio('');
    this.node.append(
      element('div', { class: 'choice' }, element('label', {}, radio, t('question.other')), this.#other),
    );
    this.#other.addEventListener('input', () => {
      radio.checked = true;
    });
    radio.addEventListener('change', () => show(null));
  }

  get option(): string {
    return this.question.option;
  }

  /** The answer, '' while there is none. */
  get answer(): string {
    const chosen = this.#radios.find(({ checked }) => checked);
    if (!chosen) return '';
    return chosen.value === '' ? (this.#other?.value.trim() ?? '') : chosen.value;
  }

  focus(): void {
    const chosen = this.#radios.find(({ checked }) => checked);
    (chosen ? this.#other : this.#radios[0])?.focus();
  }

  #choice({ value, detail, samples }: Choice, show: () => void): HTMLElement {
    const radio = this.#radio(value);
    radio.addEventListener('change', show);
    const rows = samples?.map(text => element('li', { dir: 'auto' }, text)) ?? [];
    return element(
      'label',
      { class: 'choice' },
      radio,
      element('span', {}, element('strong', {}, value), detail && ` ${detail}`),
      rows.length > 0 && element('ul', { class: 'samples' }, ...rows),
    );
  }

  #radio(value: string): HTMLInputElement {
    const radio = element('input', { type: 'radio', name: `answer-${this.option}`, value });
    this.#radios.push(radio);
    return radio;
  }
}
