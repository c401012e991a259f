import * as L from 'leaflet';
import { button, element } from '../dom';
import type { Feature } from '../feature';
import { dataText, nameNode } from '../language/data-text';
import { still, zooming } from '../map';
import { renewKeepingFocus } from '../panel/facet-list';
import { sayNumber } from '../quantity';
import { statusStyle } from '../style/status';
import { lineMark } from '../symbols';
import { label, t } from '../texts';
import { type LatLng, legsOf } from './flight';
import { sayAt } from './say-at';
import { pathOf, progressOf, type RouteSection, sectionsOf } from './sections';

const flyZoom = 8;
const secondsPerSection = 5;
const secondsBetween = 1;
/** Without motion the sections are shown one after the other, long enough to be looked at. */
const millisecondsPerJump = 2500;

/** The list of sections with how far each is, a way from one to the next, and a flight along all of them. */
export class RouteView {
  readonly node = element('div', { class: 'route' });
  #sections: readonly RouteSection[] = [];
  /** The section the reader is at; -1 before the first. */
  #at = -1;
  #stop: (() => void) | null = null;
  readonly #said = element('p', { class: 'route-at', role: 'status' });

  constructor(
    readonly map: L.Map,
    readonly select: (id: string) => void,
  ) {
    // Whoever takes the map ends the flight.
    map.on('dragstart', this.stop, this);
    this.node.addEventListener('keydown', event => {
      if (event.key !== 'Escape' || !this.#stop) return;
      event.stopPropagation();
      this.stop();
    });
  }

  draw(features: readonly Feature[]): void {
    this.#sections = sectionsOf(features);
    this.#at = Math.min(this.#at, this.#sections.length - 1);
    this.#show();
  }

  stop(): void {
    this.#stop?.();
    this.#stop = null;
    this.#show();
  }

  #show(): void {
    const count = this.#sections.length;
    const step = (by: number) => this.#goTo(this.#at + by);
    const previous = { 'data-focus': 'previous', disabled: this.#at <= 0 };
    const next = { 'data-focus': 'next', disabled: this.#at >= count - 1 };
    const buttons = element(
      'div',
      { class: 'route-steps' },
      button(previous, () => step(-1), t('route.previous')),
      button(next, () => step(1), t('route.next')),
      this.#stop
        ? button({ 'data-focus': 'fly' }, () => this.stop(), t('route.stop'))
        : button({ 'data-focus': 'fly', disabled: count === 0 }, () => this.#fly(), t('route.fly')),
    );
    renewKeepingFocus(this.node, this.#progress(), this.#list(), buttons, this.#said);
    const section = this.#sections[this.#at];
    const said = section ? sayAt(section.feature, this.#at + 1, count) : element('span');
    // A voice would read again what is put there again.
    if (this.#said.textContent !== said.textContent) this.#said.replaceChildren(said);
  }

  #progress(): HTMLElement {
    const all = this.#sections.length;
    const whole = this.#sections.every(({ lengthKm }) => lengthKm !== null);
    const total = this.#sections.reduce((sum, { lengthKm }) => sum + (lengthKm ?? 0), 0);
    const rows = progressOf(this.#sections).flatMap(({ status, sections, km }) => {
      const name = label('status', status);
      const lengths = { km: sayNumber(km), all: sayNumber(total), status: name };
      return [
        element('li', {}, t('route.progress', { n: sections, all, status: name })),
        // Shares of the length only where every section has one.
        whole && element('li', { class: 'quiet' }, t('route.lengths', lengths)),
      ];
    });
    return element('ul', { class: 'route-progress' }, ...rows.filter(row => row instanceof HTMLElement));
  }

  #list(): HTMLElement {
    const rows = this.#sections.map(({ feature, status, lengthKm, lengthScope }, index) => {
      const { color, dash } = statusStyle(status);
      const scope = lengthScope === null ? null : dataText(lengthScope);
      const length = lengthKm === null ? t('route.noLength') : t('route.published', { km: sayNumber(lengthKm) });
      const here = index === this.#at;
      return element(
        'li',
        {},
        button(
          { class: 'choice', 'data-focus': feature.id, 'data-status': status, 'aria-current': here ? 'step' : null },
          () => this.#goTo(index, true),
          lineMark(color, 3, dash),
          element(
            'span',
            {},
            t('route.section', { n: index + 1 }),
            ' ',
            nameNode(feature),
            element('small', {}, label('status', status)),
            element('small', {}, length, lengthKm !== null && scope !== null && ': ', lengthKm !== null && scope),
          ),
        ),
      );
    });
    return element('ol', { class: 'choices route-sections' }, ...rows);
  }

  /** Brings a section into sight; opens its details when asked to. */
  #goTo(index: number, open = false): void {
    const section = this.#sections[index];
    if (!section) return;
    this.stop();
    this.#at = index;
    this.#show();
    const path = pathOf(section.feature);
    if (path.length > 0) this.map.fitBounds(L.latLngBounds(path), { padding: [40, 40], maxZoom: 9, animate: !still() });
    if (open) this.select(section.feature.id);
  }

  #fly(): void {
    const paths = this.#sections.map(({ feature }) => pathOf(feature));
    if (paths.every(path => path.length === 0)) return;
    this.stop();
    this.#stop = still() ? this.#jump() : this.#glide(paths);
    this.#show();
  }

  /** Follows the bends of one section after the other; where the next begins elsewhere, the map goes there first. */
  #glide(paths: readonly (readonly LatLng[])[]): () => void {
    const { map } = this;
    const steps = paths.flatMap((path, section) => {
      const [begin] = path;
      const legs = legsOf(path).map(({ to, share }) => ({ to, section, seconds: share * secondsPerSection }));
      return begin ? [{ to: begin, section, seconds: secondsBetween }, ...legs] : [];
    });
    const step = () => {
      const next = steps.shift();
      if (!next) {
        this.stop();
        return;
      }
      if (next.section !== this.#at) {
        this.#at = next.section;
        this.#show();
      }
      map.once('moveend', step);
      map.panTo([...next.to], { animate: true, duration: next.seconds, easeLinearity: 1 });
    };
    const begin = () => {
      this.#at = 0;
      const first = steps.shift();
      // Where the map is already there it does not move, and says nothing.
      if (first) map.setView([...first.to], flyZoom, { animate: false });
      step();
    };
    // A zoom that is on its way would have the map back at its own end.
    if (zooming(map)) map.once('moveend', begin);
    else begin();
    return () => {
      map.off('moveend', begin);
      map.off('moveend', step);
      map.stop();
    };
  }

  #jump(): () => void {
    let index = 0;
    const show = () => {
      const path = pathOf((this.#sections[index] as RouteSection).feature);
      this.#at = index;
      if (path.length > 0) this.map.fitBounds(L.latLngBounds(path), { animate: false, maxZoom: 9 });
      this.#show();
      if (++index < this.#sections.length) return;
      this.stop();
    };
    const timer = setInterval(show, millisecondsPerJump);
    queueMicrotask(show);
    return () => clearInterval(timer);
  }
}
