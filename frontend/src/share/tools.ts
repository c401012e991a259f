/** The buttons whose parts are loaded when they are asked for, and not before. */
import type { Charts } from '../charts/dialog';
import { button, element } from '../dom';
import { monthsUpTo, type Period } from '../period';
import { sayError } from '../say-error';
import type { State } from '../state';
import { t } from '../texts';
import type { Shown } from './shown';

export class Tools {
  readonly node: HTMLElement;
  readonly #trouble = element('p', { class: 'quiet', role: 'alert', hidden: true });
  #charts: Charts | null = null;
  #loading = false;

  constructor(
    readonly shown: () => Shown,
    /** The days for which charts count closures; null closes them. */
    readonly setCharts: (span: Period | null) => void,
  ) {
    const part = { 'aria-haspopup': 'dialog' };
    const share = button(part, () => void this.#try(() => this.#share()), t('tools.share'));
    const charts = button(part, () => this.setCharts(monthsUpTo(this.shown().state.date)), t('tools.charts'));
    this.node = element('div', { class: 'tools' }, share, charts, this.#trouble);
  }

  /** Charts are part of the state: an address opens them, and back closes them. */
  update({ charts }: State): void {
    if (charts === null) {
      this.#charts?.close();
      this.#charts = null;
    } else if (this.#charts) this.#charts.update(this.shown(), charts);
    else if (!this.#loading) void this.#openCharts();
  }

  /** The data have changed. */
  refresh(): void {
    this.#charts?.refresh();
  }

  async #share(): Promise<void> {
    const { openShare } = await import('./dialog');
    openShare(this.shown());
  }

  async #openCharts(): Promise<void> {
    this.#loading = true;
    const opened = await this.#try(async () => {
      const { openCharts } = await import('../charts/dialog');
      const shown = this.shown();
      // While it was loading it may have been given up.
      const { charts } = shown.state;
      if (charts !== null) this.#charts = openCharts(shown, charts, this.setCharts);
    });
    this.#loading = false;
    if (!opened) this.setCharts(null);
  }

  /** What is not loaded is said; whether it was. */
  async #try(open: () => Promise<void>): Promise<boolean> {
    this.#trouble.hidden = true;
    try {
      await open();
      return true;
    } catch (error) {
      this.#trouble.textContent = t('tools.failed', { reason: sayError(error) });
      this.#trouble.hidden = false;
      return false;
    }
  }
}
