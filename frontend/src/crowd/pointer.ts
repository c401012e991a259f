/** What all crowds of a map share: the pointer, which can open one mark at a time, and the word that they are being loaded. */
import type * as L from 'leaflet';
import { element } from '../dom';
import { t } from '../texts';

/** Something on a canvas that can be pointed at and opened. */
export interface Target {
  readonly point: (at: L.LatLng) => void;
  readonly open: () => void;
}

export type Phase = 'none' | 'busy' | 'failed' | 'done';

/** A crowd, as the pointer knows it. */
export interface Pointed {
  /** The higher lies above the lower. */
  readonly rank: number;
  /** What lies under a position in pixels of the whole map, within some more pixels. */
  under(at: L.Point, slack: number): Target | null;
  readonly leave: () => void;
}

const pointers = new WeakMap<L.Map, Pointer>();

export function pointerOf(map: L.Map): Pointer {
  const known = pointers.get(map) ?? new Pointer(map);
  pointers.set(map, known);
  return known;
}

export class Pointer {
  readonly #phases = new Map<Pointed, Phase>();
  readonly #busy = element('p', { class: 'crowd-busy', role: 'status', hidden: true });
  #over: Pointed | null = null;

  constructor(readonly map: L.Map) {
    const container = map.getContainer();
    container.append(this.#busy);
    container.addEventListener('click', event => this.#click(event), true);
    container.addEventListener('mousemove', event => this.#move(event));
  }

  /** Says how far a crowd is; what there is none of cannot be pointed at. */
  tell(crowd: Pointed, phase: Phase): void {
    if (phase === 'none') this.#phases.delete(crowd);
    else this.#phases.set(crowd, phase);
    const phases = [...this.#phases.values()];
    const [busy, failed] = [phases.includes('busy'), phases.includes('failed')];
    this.#busy.hidden = !busy && !failed;
    this.#busy.textContent = busy ? t('crowd.loading') : failed ? t('crowd.failed') : '';
    this.map.getContainer().dataset.crowd = busy ? 'busy' : phases.length > 0 ? 'done' : 'none';
  }

  #click(event: MouseEvent): void {
    const found = this.#under(event);
    if (!found || event.detail === 0 || wasDragged(this.map)) return;
    event.stopPropagation();
    found.target.open();
  }

  #move(event: MouseEvent): void {
    const found = this.#under(event);
    if (this.#over && this.#over !== found?.crowd) this.#over.leave();
    found?.target.point(this.map.mouseEventToLatLng(event));
    this.#over = found?.crowd ?? null;
    this.map.getContainer().classList.toggle('crowd-pointing', found !== null);
  }

  /** The uppermost of what is under the pointer; other marks, lists and controls come first. */
  #under(event: MouseEvent): { crowd: Pointed; target: Target } | null {
    const node = event.target instanceof Element ? event.target : null;
    if (node?.closest('.map-mark, .line-band, .leaflet-popup, .leaflet-control, .sheet, button, a')) return null;
    const at = this.map.getPixelBounds().min?.add(this.map.mouseEventToContainerPoint(event));
    if (!at) return null;
    const slack = matchMedia('(pointer: coarse)').matches ? 10 : 0;
    for (const crowd of [...this.#phases.keys()].sort((a, b) => b.rank - a.rank)) {
      const target = crowd.under(at, slack);
      if (target) return { crowd, target };
    }
    return null;
  }
}

/** Whether what ended was a drag; Leaflet's types leave it out. */
function wasDragged({ dragging }: L.Map): boolean {
  return (dragging as L.Handler & { moved(): boolean }).moved();
}
