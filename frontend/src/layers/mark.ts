import * as L from 'leaflet';
import { bringIntoSight } from '../in-sight';
import type { Pane } from '../map';
import type { MarkPlace } from './drawn';
import { type Look, sayCompared } from './look';
import type { Tooltip } from './tooltip';

export interface MarkOptions {
  readonly at: L.LatLngExpression;
  readonly icon: L.DivIcon;
  readonly pane?: Pane;
  readonly label: string;
  readonly detail: string;
  readonly look?: Look;
  readonly onSelect: () => void;
  /** Stands back behind what the filters leave, and cannot be opened. */
  readonly dimmed?: boolean;
}

/** A marker that mouse, touch and keyboard can open, and that says what it is when pointed at. */
export class Mark {
  readonly marker: L.Marker;
  #options: MarkOptions;

  constructor(
    options: MarkOptions,
    readonly tooltip: Tooltip,
  ) {
    this.#options = options;
    this.marker = L.marker(options.at, {
      icon: options.icon,
      keyboard: true,
      autoPanOnFocus: false, // to the very edge of the map, where controls and panels may lie over it
      ...(options.pane && { pane: options.pane }),
    });
    this.marker.on('add', () => this.#bind());
    this.marker.on('click', () => !this.#options.dimmed && this.#options.onSelect());
    this.marker.on('mouseover', () => this.#showTooltip());
    this.marker.on('mouseout remove', () => tooltip.hide());
  }

  /** Where the middle of the mark is. */
  get place(): MarkPlace {
    const { iconAnchor, iconSize } = this.#options.icon.options;
    const [anchor, size] = [L.point(iconAnchor ?? [0, 0]), L.point(iconSize ?? [0, 0])];
    return { at: this.marker.getLatLng(), offset: [size.x / 2 - anchor.x, size.y / 2 - anchor.y], reach: size.x / 2 };
  }

  /** Redraws in place: the element stays, and with it the keyboard's focus. */
  update(options: MarkOptions): void {
    this.#options = options;
    this.marker.setLatLng(options.at);
    this.marker.setIcon(options.icon);
    this.#describe();
  }

  #bind(): void {
    const node = this.marker.getElement();
    if (!node) return;
    this.#describe();
    node.addEventListener('keydown', event => {
      if (this.#options.dimmed || (event.key !== 'Enter' && event.key !== ' ')) return;
      event.preventDefault();
      this.#options.onSelect();
    });
    node.addEventListener('focus', () => {
      // A press would miss a mark that moves away from under it.
      if (node.matches(':focus-visible')) bringIntoSight(this.tooltip.map, this.marker.getLatLng());
      this.#showTooltip();
    });
    node.addEventListener('blur', () => this.tooltip.hide());
  }

  #describe(): void {
    const { label, look, dimmed = false } = this.#options;
    const node = this.marker.getElement();
    if (!node) return;
    node.setAttribute('aria-label', `${label}. ${this.#detail()}`);
    node.dataset.fade = String(look?.fade ?? 0);
    node.dataset.compared = look?.compared === undefined ? '' : look.compared === 'same' ? 'same' : 'changed';
    node.classList.toggle('dimmed', dimmed);
    node.tabIndex = dimmed ? -1 : 0;
    if (dimmed) node.setAttribute('aria-hidden', 'true');
    else node.removeAttribute('aria-hidden');
  }

  #detail(): string {
    const { detail, look } = this.#options;
    return [detail, sayCompared(look?.compared)].filter(part => part !== '').join('. ');
  }

  #showTooltip(): void {
    const { label, dimmed } = this.#options;
    if (!dimmed) this.tooltip.show(this.marker.getLatLng(), label, this.#detail());
  }
}
