import * as L from 'leaflet';
import { type CollectionId, collections } from '../collections';
import type { MarkPlace, Select, SelectSeveral } from '../layers/drawn';
import type { Looking } from '../layers/look';
import type { Tooltip } from '../layers/tooltip';
import { zoomRange } from '../map';
import { onThemeChange } from '../theme';
import type { Crowd } from './crowd';
import { cellSize, type Group, zoomsToOpen } from './group';
import { type Handle, Handles } from './handles';
import { handleOf, type PlacedLine, placeLines, underLine } from './line-places';
import { membersOf, sayGroup, sayLine } from './members';
import { reachOf } from './paint';
import { type Pointed, pointerOf, type Target } from './pointer';
import { TileGrid } from './tile-grid';

export interface CrowdActions {
  readonly select: Select;
  readonly selectSeveral: SelectSeveral;
  readonly onDraw: () => void;
}

interface PlacedGroup {
  readonly group: Group;
  readonly at: L.Point; // in pixels of the whole map at the zoom in sight
}

/** The pane of a collection, as its marks one by one have it; which lies above which. */
const panes: Partial<Record<CollectionId, string>> = { 'power-facilities': 'facilities', incidents: 'incidents' };
const markPane = 'markerPane';

/** A crowd from vector tiles. The last one stays in sight until all tiles of the next are there. */
export class CrowdLayer implements Pointed {
  readonly rank: number;
  readonly leave: () => void;
  #grid: TileGrid | null = null;
  #next: TileGrid | null = null;
  #groups: readonly PlacedGroup[] = [];
  #lines: readonly PlacedLine[] = [];
  #question = new AbortController();
  #failed = false;
  readonly #pane: string;
  readonly #handles: Handles;
  readonly #stop: () => void;

  constructor(
    readonly map: L.Map,
    readonly collection: CollectionId,
    readonly tooltip: Tooltip,
    readonly looking: Looking,
    readonly actions: CrowdActions,
  ) {
    this.#pane = collections[collection].drawing === 'lines' ? 'lines' : (panes[collection] ?? markPane);
    const pane = map.getPane(this.#pane) ?? map.getContainer();
    this.rank = Number(getComputedStyle(pane).zIndex) || 0;
    this.leave = () => tooltip.hide();
    this.#handles = new Handles(pane, this.leave);
    map.on('moveend', this.#place, this);
    this.#stop = onThemeChange(() => this.#grid?.repaint());
  }

  show(crowd: Crowd | null): void {
    // The same answer is drawn again because its looks have changed; another one may have other tiles.
    if (crowd !== null && crowd === (this.#next ?? this.#grid)?.crowd) {
      this.#grid?.repaint();
      return;
    }
    this.#next?.remove();
    this.#next = null;
    if (crowd === null) {
      this.#grid?.remove();
      this.#grid = null;
      this.#wait(false);
      this.#place();
      return;
    }
    const next = new TileGrid(crowd, this.#pane, this.looking.of, this.looking.learn);
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
    return this.#groups.map(({ group, at }) => ({
      at: this.#latLng(at),
      offset: [0, 0],
      reach: reachOf(group, this.collection),
    }));
  }

  remove(): void {
    this.show(null);
    this.#stop();
    this.#handles.remove();
    this.map.off('moveend', this.#place, this);
  }

  /** The mark or the line at a position in pixels of the whole map. */
  under(at: L.Point, slack: number): Target | null {
    const placed = this.#groups.find(
      ({ group, at: middle }) => middle.distanceTo(at) <= reachOf(group, this.collection) + slack,
    );
    if (placed) return { open: () => void this.#open(placed), point: () => this.#point(placed) };
    const line = underLine(this.#lines, at, slack);
    return line && { open: () => this.#openLine(line), point: where => this.#pointLine(line, where) };
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
    const rest = this.#failed ? 'failed' : this.#grid ? 'done' : 'none';
    pointerOf(this.map).tell(this, busy ? 'busy' : rest);
  }

  #place(): void {
    const bounds = this.map.getPixelBounds();
    const zoom = Math.round(this.map.getZoom());
    this.#groups = (this.#grid?.groups(zoom) ?? [])
      .map(({ it, corner }) => ({ group: it, at: corner.add([it.x, it.y]) }))
      .filter(({ at }) => bounds.contains(at));
    this.#lines = placeLines(this.#grid?.lines(zoom) ?? [], bounds);
    const middle = this.map.containerPointToLayerPoint(this.map.getSize().divideBy(2));
    this.#handles.show([...this.#groups.map(this.#groupHandle), ...this.#lineHandles(bounds)], middle);
    this.actions.onDraw();
  }

  readonly #groupHandle = (placed: PlacedGroup): Handle => ({
    at: this.map.latLngToLayerPoint(this.#latLng(placed.at)),
    reach: Math.max(reachOf(placed.group, this.collection), 12),
    weight: placed.group.count,
    say: () => sayGroup(placed.group, this.collection).join('. '),
    open: () => void this.#open(placed),
    point: () => this.#point(placed),
  });

  #lineHandles(bounds: L.Bounds): Handle[] {
    return handleOf(this.#lines, bounds).map(({ line, at, length }) => ({
      at: this.map.latLngToLayerPoint(this.#latLng(at)),
      reach: 12,
      weight: length,
      say: () => sayLine(line.feature, this.collection).join('. '),
      open: () => this.#openLine(line),
      point: () => this.#pointLine(line, this.#latLng(at)),
    }));
  }

  #point({ group, at }: PlacedGroup): void {
    this.tooltip.show(this.#latLng(at), ...sayGroup(group, this.collection));
  }

  #pointLine({ feature }: PlacedLine, at: L.LatLng): void {
    this.tooltip.show(at, ...sayLine(feature, this.collection));
  }

  #openLine({ feature }: PlacedLine): void {
    this.actions.select({ collection: this.collection, id: feature.id });
  }

  /** Zooms in until the group falls apart; what never does is listed. */
  async #open({ group, at }: PlacedGroup): Promise<void> {
    const feature = group.spots[0]?.feature;
    if (group.count === 1 && feature) {
      this.actions.select({ collection: this.collection, id: feature.id });
      return;
    }
    const [zoom, steps] = [this.map.getZoom(), zoomsToOpen(group)];
    const middle = this.#latLng(at);
    if (steps > 0 && zoom < zoomRange.max) {
      this.map.setView(middle, Math.min(zoom + steps, zoomRange.max));
      return;
    }
    this.#question.abort();
    this.#question = new AbortController();
    const corner = (x: number, y: number) => this.#latLng(at.add([x, y]));
    const box = L.latLngBounds(corner(-cellSize / 2, cellSize / 2), corner(cellSize / 2, -cellSize / 2));
    const members = await membersOf(group, box, this.#grid?.crowd ?? null, this.#question.signal);
    if (members.length > 0) this.actions.selectSeveral(this.collection, members, middle);
  }

  #latLng(at: L.Point): L.LatLng {
    return this.map.unproject(at, this.map.getZoom());
  }
}
