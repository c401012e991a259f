import { element } from '../dom';

/** A choice of one out of a few, as the browser draws it. Its name is spoken; to the eye the choices say enough. */
export function choice<T extends string>(
  name: string,
  id: string,
  options: Readonly<Record<T, string>>,
  chosen: T,
  onChoose: (value: T) => void,
): HTMLSelectElement {
  const entries = Object.entries(options) as [T, string][];
  const select = element(
    'select',
    { id, 'aria-label': name },
    ...entries.map(([value, text]) => element('option', { value, selected: value === chosen }, text)),
  );
  select.addEventListener('change', () => onChoose(select.value as T));
  return select;
}
