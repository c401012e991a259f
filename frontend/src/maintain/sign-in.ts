import { button, element } from '../dom';
import { t } from './texts';

const visible = /^[\x21-\x7e]+$/; // what a header can carry; a key has nothing else

/** The form for the key. The field is emptied as soon as it is read: nothing keeps the key. */
export function signInForm(signIn: (key: string) => void, refuse: (text: string) => void): HTMLElement {
  const input = element('input', {
    id: 'key',
    type: 'password',
    autocomplete: 'off',
    spellcheck: 'false',
    required: true,
    'aria-describedby': 'key-help',
  });
  const form = element(
    'form',
    { class: 'card sign-in' },
    element('h2', {}, t('sign.title')),
    element('label', { for: 'key' }, t('sign.key')),
    input,
    element('p', { id: 'key-help', class: 'quiet' }, t('sign.help')),
    element('button', { type: 'submit', class: 'main-button' }, t('sign.in')),
  );
  form.addEventListener('submit', event => {
    event.preventDefault();
    const key = input.value.trim();
    input.value = '';
    input.focus();
    if (visible.test(key)) signIn(key);
    else refuse(t('sign.notKey'));
  });
  return form;
}

export function whoIs(name: string, signOut: () => void): readonly HTMLElement[] {
  return [element('span', {}, t('page.signedIn', { name })), button({}, signOut, t('page.signOut'))];
}
