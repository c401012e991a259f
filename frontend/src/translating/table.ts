import { element } from '../dom';
import type { Form } from '../language/catalogue';
import { language } from '../language/current';
import { sayNumber } from '../quantity';
import { type Corrections, lacking, type Part, textsOf } from './corrections';
import { t } from './texts';

/** Every text beside its English one, to be changed in place. changed is called after each change. */
export function table(parts: readonly Part[], corrections: Corrections, changed: () => void): HTMLElement {
  const heads = [t('key'), t('english'), t('text')].map(text => element('th', { scope: 'col' }, text));
  const rows = parts.flatMap(part => Object.keys(part.entries).map(key => row(part, key, corrections, changed)));
  return element(
    'table',
    { class: 'translations' },
    element('thead', {}, element('tr', {}, ...heads)),
    element('tbody', {}, ...rows),
  );
}

function row(part: Part, key: string, corrections: Corrections, changed: () => void): HTMLElement {
  const english = part.english[key] ?? '';
  const fields = textsOf(part.entries[key] ?? '').map(([form, text]) => {
    const label = [key, form && sayForm(form)].filter(word => word).join(' ');
    const area = element('textarea', { 'aria-label': label, rows: Math.ceil((text.length + 1) / 44) }, text);
    const fault = element('p', { class: 'lacks', role: 'alert' });
    area.addEventListener('input', () => {
      corrections.set({ catalogue: part.name, key, form }, text, area.value);
      const names = lacking(english, area.value);
      fault.textContent = names.length > 0 ? t('lacks', { names: names.join(' ') }) : '';
      changed();
    });
    return element('div', {}, form && element('span', { class: 'quiet' }, sayForm(form)), area, fault);
  });
  const state = part.reviewed.includes(key) && element('p', { class: 'quiet' }, t('reviewed'));
  const originals = textsOf(english).map(([, text]) => element('p', {}, text));
  return element(
    'tr',
    {},
    element('th', { scope: 'row', dir: 'ltr', lang: 'en' }, element('code', {}, key)),
    element('td', { lang: 'en', dir: 'ltr' }, ...originals),
    element('td', {}, ...fields, state),
  );
}

/** The first numbers that take a form, which say more than its name. */
function sayForm(form: Form): string {
  const numbers = [...Array(30).keys()].filter(n => language().plural(n) === form).slice(0, 5);
  return t('forms', { numbers: `${numbers.map(sayNumber).join(', ')}…` });
}
