import { element } from '../dom';
import { sayDigits } from '../language/numbers';
import { t } from '../texts';

/** One quiet line that says when what is on the map was last changed under the reader's eyes. */
export class LiveNote {
  readonly node = element('p', { class: 'live-note', role: 'status' });

  say(at: Date): void {
    this.node.textContent = t('live.updated', { time: sayTime(at) });
  }
}

/** The time of day on the reader's clock. */
export function sayTime(at: Date): string {
  const two = (n: number) => String(n).padStart(2, '0');
  return sayDigits(`${two(at.getHours())}:${two(at.getMinutes())}`);
}
