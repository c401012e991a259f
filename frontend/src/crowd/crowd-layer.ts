import * as L from 'leaflet';
import { element } from '../dom';
import type { MarkPlace, Select } from '../layers/drawn';
import type { SelectSeveral } from '../layers/incidents';
import type { Tooltip } from '../layers/tooltip';
import { zoomRange } from '../map';
import { t } from '../texts';
import { onThemeChange } from '../theme';
import type { Crowd } from './crowd';
import { cellSize, type Group, zoomsToOpen } from './group';
import { Handles } from './handles';
import { membersOf, sayGroup } from './members';
import { reachOf } from './paint';
import { TileGrid } from './tile-grid';

interface Placed {
  readonly group: Group;
  readonly at: L.Point; // in pixels of the whole map at the zoom in sight
}

/** A crowd of incidents from vector tiles. The last one stays in sight until all tiles of the next are there. */
export class CrowdLayer {
  #grid: TileGrid | null = null;
  #next: TileGrid | null = null;
  #placed: readonly Placed[] = [];
  #question = new AbortController();
  #failed = false;
  readonly #handles: Handles;
  readonly #busy = element('p', { class: 'crowd-busy', role: 'status', hidden: true });
  readonly #stop: () => void;

  constructor(
    readonly map: L.Map,
    readonly tooltip: Tooltip,
    readonly select: Select,
    readonly selectSeveral: SelectSeveral,
    readonly onDraw: () => void,
  ) {
    const container = map.getContainer();
    this.#handles = new Handles(map.getPane('incidents') ?? container, () => tooltip.hide());
    container.append(this.#busy);
    map.on('moveend', this.#place, this);
    container.addEventListener('click', this.#onClick, true);
    container.addEventListener('mousemove', this.#onMove);
    this.#stop = onThemeChange(() => this.#grid?.repaint());
  }

  show(crowd: Crowd | null): void {
    this.#next?.remove();
    this.#next = null;
    if (crowd === null) {
      this.#grid?.remove();
      this.#grid = null;
      this.#wait(false);
      this.#place();
      return;
    }
    if (sameTiles(this.#grid?.crowd, crowd)) return;
    const next = new TileGrid(crowd);
    this.#next = next;
    next.on('loading', () => this.#wait(true));
    next.on('tileerror', () => {
      this.#failed = true;
    });
    next.on('load', () => this.#loaded(next));
    next.addTo(this.map);
    if (this.#grid) next.getContainer()?.classList.add('crowd-coming');
  }

  places(): MarkPlace[] {
    return this.#placed.map(({ group, at }) => ({
      at: this.map.unproject(at, this.map.getZoom()),
      offset: [0, 0],
      reach: reachOf(group),
    }));
  }

  remove(): void {
    this.show(null);
    this.#stop();
    this.#handles.remove();
    this.#busy.remove();
    this.map.off('moveend', this.#place, this);
    this.map.getContainer().removeEventListener('click', this.#onClick, true);
    this.map.getContainer().removeEventListener('mousemove', this.#onMove);
  }

  /** Every tile of a grid is there: it takes the place of the one before. */
  #loaded(grid: TileGrid): void {
    if (grid === this.#next) {
      this.#grid?.remove();
      [this.#grid, this.#next] = [grid, null];
      grid.getContainer()?.classList.remove('crowd-coming');
    }
    this.#wait(false);
    this.#place();
  }

  #wait(busy: boolean): void {
    if (busy) this.#failed = false;
    this.#busy.hidden = !busy && !this.#failed;
    this.#busy.textContent = busy ? t('crowd.loading') : this.#failed ? t('crowd.failed') : '';
    this.map.getContainer().dataset.crowd = busy ? 'busy' : this.#grid ? 'done' : 'none';
  }

  #place(): void {
    const { map } = this;
    const bounds = map.getPixelBounds();
    const all = this.#grid?.groups(Math.round(map.getZoom())) ?? [];
    this.#placed = all.filter(({ at }) => bounds.contains(at));
    this.#handles.show(
      this.#placed.map(placed => ({
        at: map.latLngToLayerPoint(map.unproject(placed.at, map.getZoom())),
        reach: Math.max(reachOf(placed.group), 12),
        count: placed.group.count,
        label: sayGroup(placed.group).join('. '),
        open: () => void this.#open(placed),
        point: () => this.#point(placed),
      })),
      map.containerPointToLayerPoint(map.getSize().divideBy(2)),
    );
    this.onDraw();
  }

  readonly #onClick = (event: MouseEvent): void => {
    const placed = this.#under(event);
    if (!placed || event.detail === 0 || wasDragged(this.map)) return;
    event.stopPropagation();
    void this.#open(placed);
  };

  readonly #onMove = (event: MouseEvent): void => {
    const placed = this.#under(event);
    const container = this.map.getContainer();
    if (placed) this.#point(placed);
    else if (container.classList.contains('crowd-pointing')) this.tooltip.hide();
    container.classList.toggle('crowd-pointing', placed !== null);
  };

  /** The mark under the pointer; other marks, lists and controls come first. */
  #under(event: MouseEvent): Placed | null {
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest('.map-mark, .leaflet-popup, .leaflet-control, .sheet, button, a')) return null;
    const at = this.map.getPixelBounds().min?.add(this.map.mouseEventToContainerPoint(event));
    if (!at) return null;
    const slack = matchMedia('(pointer: coarse)').matches ? 10 : 0;
    return this.#placed.find(placed => placed.at.distanceTo(at) <= reachOf(placed.group) + slack) ?? null;
  }

  #point({ group, at }: Placed): void {
    const [name, detail] = sayGroup(group);
    this.tooltip.show(this.map.unproject(at, this.map.getZoom()), name, detail);
  }

  /** Zooms in until the group falls apart; what never does is listed. */
  async #open({ group, at }: Placed): Promise<void> {
    const [first] = group.spots;
    if (group.count === 1 && first?.id) {
      this.select({ collection: 'incidents', id: first.id });
      return;
    }
    const { map } = this;
    const [zoom, steps] = [map.getZoom(), zoomsToOpen(group)];
    const middle = map.unproject(at, zoom);
    if (steps > 0 && zoom < zoomRange.max) {
      map.setView(middle, Math.min(zoom + steps, zoomRange.max));
      return;
    }
    this.#question.abort();
    this.#question = new AbortController();
    const corner = (x: number, y: number) => map.unproject(at.add([x, y]), zoom);
    const box = L.latLngBounds(corner(-cellSize / 2, cellSize / 2), corner(cellSize / 2, -cellSize / 2));
    const members = await membersOf(group, box, this.#grid?.crowd ?? null, this.#question.signal);
    if (members.length > 0) this.selectSeveral(members, middle);
  }
}

function sameTiles(a: Crowd | undefined, b: Crowd): boolean {
  return a?.asked === b.asked && a.filter === b.filter;
}

/** Whether what ended was a drag; Leaflet's types leave it out. */
function wasDragged({ dragging }: L.Map): boolean {
  return (dragging as L.Handler & { moved(): boolean }).moved();
}
