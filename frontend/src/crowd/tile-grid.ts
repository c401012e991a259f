import * as L from 'leaflet';
import { mapColors } from '../theme';
import type { Crowd } from './crowd';
import { type Group, groupSpots } from './group';
import { paintGroup } from './paint';
import { fetchTile } from './questions';
import { readTile } from './tile';

const tileSize = 256;
const margin = 32; // a ring at the edge of a tile reaches into the next

interface Tile {
  readonly canvas: HTMLCanvasElement;
  readonly abort: AbortController;
  readonly coords: L.Coords;
  groups: readonly Group[];
}

/** The tiles of one crowd: asked for, read, and drawn, each on a canvas with room for what reaches over its edge. */
export class TileGrid extends L.GridLayer {
  readonly #tiles = new Map<string, Tile>();

  constructor(readonly crowd: Crowd) {
    super({ pane: 'incidents', tileSize, updateWhenZooming: false, keepBuffer: 1, className: 'crowd-tiles' });
    this.on('tileunload', ({ coords }: L.TileEvent) => this.#forget(coords));
  }

  override createTile(coords: L.Coords, done: L.DoneCallback): HTMLElement {
    const box = L.DomUtil.create('div', 'crowd-tile');
    const canvas = L.DomUtil.create('canvas', '', box);
    const side = tileSize + 2 * margin;
    canvas.width = canvas.height = side * devicePixelRatio;
    const tile: Tile = { canvas, abort: new AbortController(), coords, groups: [] };
    this.#tiles.set(keyOf(coords), tile);
    this.#load(tile).then(
      () => done(undefined, box),
      (error: Error) => tile.abort.signal.aborted || done(error, box),
    );
    return box;
  }

  /** The groups of the zoom in sight, each with its place in pixels of the whole map. */
  groups(zoom: number): { readonly group: Group; readonly at: L.Point }[] {
    return [...this.#tiles.values()]
      .filter(({ coords }) => coords.z === zoom)
      .flatMap(({ coords, groups }) =>
        groups.map(group => ({ group, at: L.point(coords.x * tileSize + group.x, coords.y * tileSize + group.y) })),
      );
  }

  /** Draws what is there again, in the colours of now. */
  repaint(): void {
    for (const tile of this.#tiles.values()) paint(tile);
  }

  override onRemove(map: L.Map): this {
    for (const { abort } of this.#tiles.values()) abort.abort();
    this.#tiles.clear();
    return super.onRemove(map);
  }

  #forget(coords: L.Coords): void {
    this.#tiles.get(keyOf(coords))?.abort.abort();
    this.#tiles.delete(keyOf(coords));
  }

  async #load(tile: Tile): Promise<void> {
    const bytes = await this.#ask(tile);
    if (bytes) tile.groups = groupSpots(readTile(bytes, tileSize));
    paint(tile);
  }

  async #ask({ coords, abort: { signal } }: Tile): Promise<ArrayBuffer | null> {
    const { asked, filter } = this.crowd;
    return fetchTile(coords, asked, filter, signal);
  }
}

function keyOf({ x, y, z }: L.Coords): string {
  return `${z}/${y}/${x}`;
}

function paint({ canvas, groups }: Tile): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.translate(margin, margin);
  const colors = mapColors();
  for (const group of groups) paintGroup(context, group, colors);
}
