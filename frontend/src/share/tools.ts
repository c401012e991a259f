/** The buttons whose parts are loaded when they are pressed, and not before. */
import { button, element } from '../dom';
import { sayError } from '../say-error';
import { t } from '../texts';
import type { Shown } from './shown';

type Part = (shown: Shown) => void;

const parts = {
  'tools.share': async (): Promise<Part> => (await import('./dialog')).openShare,
  'tools.charts': async (): Promise<Part> => (await import('../charts/dialog')).openCharts,
} as const;

export function tools(shown: () => Shown): HTMLElement {
  const trouble = element('p', { class: 'quiet', role: 'alert', hidden: true });
  const names = Object.keys(parts) as (keyof typeof parts)[];
  const buttons = names.map(name => {
    const open = async () => {
      trouble.hidden = true;
      try {
        const part = await parts[name]();
        part(shown());
      } catch (error) {
        trouble.textContent = t('tools.failed', { reason: sayError(error) });
        trouble.hidden = false;
      }
    };
    return button({ 'aria-haspopup': 'dialog' }, () => void open(), t(name));
  });
  return element('div', { class: 'tools' }, ...buttons, trouble);
}
