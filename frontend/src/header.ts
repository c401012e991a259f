import { button, element } from './dom';
import { t } from './texts';

/** Above the panel, or over the map where the panel is not open. */
export function brand(languages: HTMLElement, search: HTMLElement): HTMLElement {
  const title = element('div', { class: 'brand-line' }, element('h1', {}, t('app.name')), languages);
  return element('header', { class: 'brand' }, title, element('p', {}, t('app.tagline')), search);
}

/** Past the head and the panel to the map, and past its many marks to the timeline. */
export function skipButtons(map: HTMLElement, timebar: HTMLElement): HTMLElement[] {
  // Buttons, because the fragment of a link is where the state stands.
  return [
    button({ class: 'skip' }, () => map.focus(), t('app.skip')),
    button({ class: 'skip' }, () => timebar.focus(), t('app.skipToTime')),
  ];
}
