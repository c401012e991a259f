import type * as L from 'leaflet';
import type { CollectionId } from '../collections';
import type { Feature } from '../feature';
import { bringIntoSight } from '../in-sight';
import type { MarkPlace, Select, SelectSeveral } from '../layers/drawn';
import type { Looking } from '../layers/look';
import type { Tooltip } from '../layers/tooltip';
import { zoomRange } from '../map';
import { onThemeChange } from '../theme';
import type { Crowd } from './counts';
import { zoomsToOpen } from './group';
import { aloneIn, marksOf, nameOfGroup, type PlacedGroup, placeGroups, singlesOf, underGroup } from './group-places';
import { type Handle, Handles } from './handles';
import { handleOf, type PlacedLine, placeLines, underLine } from './line-places';
import { membersOf, sayGroup, sayLine } from './members';
import { reachOf } from './paint';
import { paneOf } from './panes';
import { type Pointed, pointerOf, type Target } from './pointer';
import { TileGrid } from './tile-grid';

export interface CrowdActions {
  readonly select: Select;
  readonly selectSeveral: SelectSeveral;
  readonly onDraw: () => void;
  /** What of it stands alone on its mark, with its place. */
  readonly onSingles: (singles: readonly Feature[]) => void;
}

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
    this.#pane = paneOf(collection);
    const pane = map.getPane(this.#pane) ?? map.getContainer();
    this.rank = Number(getComputedStyle(pane).zIndex) || 0;
    this.leave = () => tooltip.hide();
    this.#handles = new Handles(pane, this.leave, at => bringIntoSight(map, map.layerPointToLatLng(at)));
    map.on('moveend', this.#place, this);
    this.#stop = onThemeChange(() => this.#grid?.repaint());
  }

  show(crowd: Crowd | null): void {
    // The same answer is drawn again because its looks have changed; another one may have other tiles.
    const shown = this.#next ?? this.#grid;
    if (crowd !== null && crowd === shown?.crowd) {
      this.#grid?.repaint();
      shown.compare(this.looking.other());
      return;
    }
    this.#next?.remove();
    this.#next = null;
    if (crowd === null) {
      this.#grid?.remove();
      this.#grid = null;
      this.#wait(false);
      this.#place();
      this.actions.onSingles([]);
      return;
    }
    const next = new TileGrid(crowd, this.#pane, this.looking.of, this.looking.learn);
    this.#next = next;
    next.on('loading', () => this.#wait(true));
    next.on('tileerror', () => {
      this.#failed = true;
    });
    next.on('load', () => this.#loaded(next));
    next.on('compared', this.#place, this);
    next.compare(this.looking.other());
    next.addTo(this.map);
    if (this.#grid) next.getContainer()?.classList.add('crowd-coming');
  }

  places(): MarkPlace[] {
    return marksOf(this.#groups, this.collection, this.#latLng);
  }

  remove(): void {
    this.show(null);
    this.#stop();
    this.#handles.remove();
    this.map.off('moveend', this.#place, this);
  }

  /** The mark or the line at a position in pixels of the whole map. */
  under(at: L.Point, slack: number): Target | null {
    const placed = underGroup(this.#groups, this.collection, at, slack);
    if (placed) return this.#groupTarget(placed);
    const line = underLine(this.#lines, at, slack);
    return line && this.#lineTarget(line);
  }

  /** Every tile of a grid is there: it takes the place of the one before. */
  #loaded(grid: TileGrid): void {
    if (grid === this.#next) {
      this.#grid?.remove();
      [this.#grid, this.#next] = [grid, null];
      grid.getContainer()?.classList.remove('crowd-coming');
    }
    this.#wait(false);
    this.actions.onSingles([]);
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
    const groups = placeGroups(this.#grid?.groups(zoom) ?? []);
    this.#groups = groups.filter(({ at }) => bounds.contains(at));
    this.#lines = placeLines(this.#grid?.lines(zoom) ?? [], bounds);
    const middle = this.map.containerPointToLayerPoint(this.map.getSize().divideBy(2));
    this.#handles.show([...this.#groups.map(this.#groupHandle), ...this.#lineHandles(bounds)], middle);
    // After a zoom nothing is there for a moment, and what was there last stays until it is loaded.
    if (groups.length > 0) this.actions.onSingles(singlesOf(groups, this.#latLng));
    this.actions.onDraw();
  }

  readonly #groupHandle = (placed: PlacedGroup): Handle => ({
    key: nameOfGroup(placed, this.map.getZoom()),
    reach: Math.max(reachOf(placed.group, this.collection), 12),
    weight: placed.group.count,
    say: () => this.#say(placed).join('. '),
    ...this.#standing(placed.at, this.#groupTarget(placed)),
  });

  #lineHandles(bounds: L.Bounds): Handle[] {
    return handleOf(this.#lines, bounds).map(({ line, at, length }) => ({
      key: line.feature.id,
      reach: 12,
      weight: length,
      say: () => sayLine(line, this.collection).join('. '),
      ...this.#standing(at, this.#lineTarget(line)),
    }));
  }

  #standing(at: L.Point, { open, point }: Target): Pick<Handle, 'at' | 'open' | 'point'> {
    const latLng = this.#latLng(at);
    return { at: this.map.latLngToLayerPoint(latLng), open, point: () => point(latLng) };
  }

  #groupTarget(placed: PlacedGroup): Target {
    const point = () => this.tooltip.show(this.#latLng(placed.at), ...this.#say(placed));
    return { open: () => void this.#open(placed), point };
  }

  #lineTarget(line: PlacedLine): Target {
    const open = () => this.actions.select({ collection: this.collection, id: line.feature.id });
    return { open, point: at => this.tooltip.show(at, ...sayLine(line, this.collection)) };
  }

  #say({ group, lookOf }: PlacedGroup): [string, string] {
    return sayGroup(group, this.collection, lookOf, this.looking.other());
  }

  /** Zooms in until the group falls apart; what never does is listed. */
  async #open(placed: PlacedGroup): Promise<void> {
    const { group, at } = placed;
    const feature = aloneIn(group);
    if (feature) {
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
    const members = await membersOf(placed, this.#latLng, this.#grid?.crowd ?? null, this.#question.signal);
    if (members.length > 0) this.actions.selectSeveral(this.collection, members, middle);
  }

  readonly #latLng = (at: L.Point): L.LatLng => this.map.unproject(at, this.map.getZoom());
}
