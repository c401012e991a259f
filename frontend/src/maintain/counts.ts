import { element } from '../dom';
import type { Import } from './imports';
import { label } from './texts';

const always = ['records', 'new', 'changed', 'removed', 'same'] as const;
const ifAny = ['missing', 'left_out', 'refused'] as const;
const told = ['errors', 'warnings', 'repairs'] as const;

/** The numbers of an import, before anything else about it. */
export function countsList(im: Import): HTMLElement | null {
  const { counts } = im;
  // While a question is open nothing is counted yet.
  if (!counts || im.state === 'decoded') return null;
  const numbers: readonly [string, number][] = [
    ...always.map(name => [name, counts[name]] as [string, number]),
    ...ifAny.filter(name => counts[name] > 0).map(name => [name, counts[name]] as [string, number]),
    ...told.filter(name => (im[name] ?? 0) > 0).map(name => [name, im[name] ?? 0] as [string, number]),
  ];
  const pairs = numbers.map(([name, n]) =>
    element('div', { class: `count count-${name}` }, element('dt', {}, label('count', name)), element('dd', {}, n)),
  );
  return element('dl', { class: 'counts' }, ...pairs);
}
