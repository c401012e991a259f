import { DateInput } from '../date-input';
import type { Day } from '../dates';
import { button, element } from '../dom';
import { t } from '../texts';
import { DateSlider } from './slider';

export interface TimebarActions {
  readonly setDate: (date: Day) => void;
  readonly togglePlay: () => void;
}

/** The as-of date: play, typed date, today, slider, and the line that says what is shown. */
export class Timebar {
  readonly node: HTMLElement;
  readonly #play: HTMLButtonElement;
  readonly #input: DateInput;
  readonly #slider: DateSlider;
  readonly #status = element('p', { class: 'load-status', role: 'status' });

  constructor(date: Day, today: Day, actions: TimebarActions, opener: HTMLElement) {
    this.#play = button({ class: 'play', 'aria-label': t('date.play') }, actions.togglePlay);
    this.#input = new DateInput('as-of', today, actions.setDate);
    this.#slider = new DateSlider(date, today, actions.setDate);
    const typed = element('label', { class: 'as-of' }, element('span', {}, t('date.asOf')), this.#input.node);
    const now = button({ class: 'today' }, () => actions.setDate(today), t('date.today'));
    this.node = element(
      'section',
      { class: 'timebar', 'aria-label': t('date.asOf') },
      element('div', { class: 'timebar-buttons' }, this.#play, typed, now, opener),
      this.#slider.node,
      this.#status,
    );
    this.setPlaying(false);
  }

  setDate(date: Day): void {
    this.#input.set(date);
    this.#slider.set(date);
  }

  setPlaying(playing: boolean): void {
    this.#play.classList.toggle('playing', playing);
    this.#play.setAttribute('aria-label', t(playing ? 'date.pause' : 'date.play'));
    this.#play.title = t(playing ? 'date.pause' : 'date.play');
  }

  say(text: string): void {
    if (this.#status.textContent !== text) this.#status.textContent = text;
  }

  remove(): void {
    this.#slider.remove();
  }
}
