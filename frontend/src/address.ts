/**
 * State ↔ the fragment of the address: #map=7/37.6/69.9&date=2022-06-01&layers=crossings,bazaars&item=bazaars/ishkoshim-bazaar
 * Reading takes what it understands and leaves the rest as it was, because addresses are typed, cut and old; what it did
 * not take as it stands can be told.
 */
import { addressFields } from './address-fields';
import type { Day } from './dates';
import { initialState, type State } from './state';

export function writeAddress(state: State): string {
  const parts = addressFields.flatMap(({ name, write }) => {
    const text = write(state);
    return text === null ? [] : `${name}=${text}`;
  });
  return `#${parts.join('&')}`;
}

export function readAddress(hash: string, today: Day): State {
  const texts = new Map(split(hash));
  return addressFields.reduce((state, { name, read }) => {
    const text = texts.get(name);
    return (text === undefined ? null : read(text, state, today)) ?? state;
  }, initialState(today));
}

/** What of an address is not in the state that was read from it, or not as it stands: "date=2022-02-31". */
export function unreadOf(hash: string, today: Day): string[] {
  const initial = initialState(today);
  return split(hash)
    .filter(([name, text]) => {
      const field = addressFields.find(one => one.name === name);
      const state = field?.read(text, initial, today) ?? null;
      return state === null || field?.whole?.(text, state) === false;
    })
    .map(([name, text]) => (text === '' ? name : `${name}=${text}`));
}

function split(hash: string): [string, string][] {
  const parts = hash.replace(/^#/, '').split('&');
  return parts.filter(part => part !== '').map(splitField);
}

function splitField(field: string): [string, string] {
  const at = field.indexOf('=');
  return at < 0 ? [field, ''] : [field.slice(0, at), field.slice(at + 1)];
}
