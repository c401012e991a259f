import * as L from 'leaflet';
import { codeProperty } from '../collections';
import type { Day } from '../dates';
import type { Feature } from '../feature';
import type { LookOf } from '../layers/look';
import { type MapColors, mapColors } from '../theme';
import { type Before, beforeOf, comparing } from './compared';
import type { Crowd } from './counts';
import { type Group, groupSpots } from './group';
import { paintFaint, paintGroup } from './paint';
import { paintLine, paintLineFaint } from './paint-line';
import { fetchTile, tileProperties } from './questions';
import { type Content, type Line, readTile } from './tile';

export const tileSize = 256;
const margin = 32; // a ring at the edge of a tile reaches into the next

interface Tile {
  readonly canvas: HTMLCanvasElement;
  readonly abort: AbortController;
  readonly coords: L.Coords;
  groups: readonly Group[];
  lines: readonly Line[];
  /** What the filters leave out, which stands behind the rest. */
  faint: Content;
  /** What it held on the date it is compared with; null where none is, or where that is not known. */
  before: Before | null;
}

const empty: Content = { spots: [], lines: [] };

export interface Placed<T> {
  readonly it: T;
  /** The tile's north-west corner in pixels of the whole map. */
  readonly corner: L.Point;
  readonly lookOf: LookOf;
}

/** The tiles of one crowd: asked for, read, and drawn, each on a canvas with room for what reaches over its edge. */
export class TileGrid extends L.GridLayer {
  readonly #tiles = new Map<string, Tile>();
  #other: Day | null = null;

  constructor(
    readonly crowd: Crowd,
    pane: string,
    readonly lookOf: LookOf,
    /** What a tile has told of features one by one. */
    readonly learn: (features: readonly Feature[]) => void,
  ) {
    super({ pane, tileSize, updateWhenZooming: false, keepBuffer: 1, className: 'crowd-tiles' });
    this.on('tileunload', ({ coords }: L.TileEvent) => this.#forget(coords));
  }

  override createTile(coords: L.Coords, done: L.DoneCallback): HTMLElement {
    const box = L.DomUtil.create('div', 'crowd-tile');
    const canvas = L.DomUtil.create('canvas', '', box);
    const side = tileSize + 2 * margin;
    canvas.width = canvas.height = side * devicePixelRatio;
    const tile: Tile = {
      canvas,
      abort: new AbortController(),
      coords,
      groups: [],
      lines: [],
      faint: empty,
      before: null,
    };
    this.#tiles.set(keyOf(coords), tile);
    this.#load(tile).then(
      () => done(undefined, box),
      (error: Error) => tile.abort.signal.aborted || done(error, box),
    );
    return box;
  }

  groups(zoom: number): Placed<Group>[] {
    return this.#at(zoom).flatMap(tile => tile.groups.map(it => ({ it, ...this.#placeOf(tile) })));
  }

  lines(zoom: number): Placed<Line>[] {
    return this.#at(zoom).flatMap(tile => tile.lines.map(it => ({ it, ...this.#placeOf(tile) })));
  }

  /** Holds what is drawn against another date, null against none; fires "compared" when it is known. */
  compare(day: Day | null): void {
    if (day === this.#other) return;
    this.#other = day;
    const tiles = [...this.#tiles.values()];
    void Promise.all(tiles.map(tile => this.#askBefore(tile))).then(() => {
      if (day !== this.#other) return;
      this.repaint();
      this.fire('compared');
    });
  }

  /** Draws what is there again, in the colours and by the clocks of now. */
  repaint(): void {
    const colors = mapColors();
    for (const tile of this.#tiles.values()) this.#paint(tile, colors);
  }

  override onRemove(map: L.Map): this {
    for (const { abort } of this.#tiles.values()) abort.abort();
    this.#tiles.clear();
    return super.onRemove(map);
  }

  #at(zoom: number): Tile[] {
    return [...this.#tiles.values()].filter(({ coords }) => coords.z === zoom);
  }

  #placeOf({ coords, before }: Tile): Omit<Placed<unknown>, 'it'> {
    return { corner: cornerOf(coords), lookOf: comparing(this.lookOf, before) };
  }

  #forget(coords: L.Coords): void {
    this.#tiles.get(keyOf(coords))?.abort.abort();
    this.#tiles.delete(keyOf(coords));
  }

  async #load(tile: Tile): Promise<void> {
    const { collection, filter } = this.crowd;
    // Incidents that the filters leave out are not there; places and lines step back, because the others are read against them.
    const faint = filter !== null && codeProperty(collection) === 'status';
    const [shown, all] = await Promise.all([
      this.#ask(tile, filter),
      faint ? this.#ask(tile, null) : empty,
      this.#askBefore(tile),
    ]);
    tile.groups = groupSpots(shown.spots);
    tile.lines = shown.lines;
    tile.faint = all;
    this.learn([...shown.lines, ...shown.spots].flatMap(({ feature }) => feature ?? []));
    this.#paint(tile, mapColors());
  }

  #ask(tile: Tile, filter: string | null): Promise<Content> {
    return this.#read(tile, this.crowd.asked, filter, tileProperties(this.crowd.collection));
  }

  /** Whatever the filters: what they leave now may have been another status then. */
  async #askBefore(tile: Tile): Promise<void> {
    const day = this.#other;
    tile.before = null;
    if (day === null || codeProperty(this.crowd.collection) !== 'status') return;
    const asked = new URLSearchParams(this.crowd.asked);
    asked.set('datetime', day);
    // What does not come is not known, and nothing is marked by it.
    const found = await this.#read(tile, asked.toString(), null, ['status']).catch(() => null);
    if (day === this.#other) tile.before = found && beforeOf(day, found);
  }

  async #read(
    { coords, abort: { signal } }: Tile,
    asked: string,
    filter: string | null,
    properties: readonly string[],
  ): Promise<Content> {
    const { collection } = this.crowd;
    const bytes = await fetchTile(collection, coords, asked, filter, properties, signal);
    return bytes ? readTile(bytes, collection, tileSize) : empty;
  }

  #paint({ canvas, groups, lines, faint, before }: Tile, colors: MapColors): void {
    const context = canvas.getContext('2d');
    if (!context) return;
    const { collection } = this.crowd;
    const lookOf = comparing(this.lookOf, before);
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.translate(margin, margin);
    context.save();
    // A line goes on in the next tile.
    context.beginPath();
    context.rect(0, 0, tileSize, tileSize);
    if (lines.length + faint.lines.length > 0) context.clip();
    for (const line of faint.lines) paintLineFaint(context, line);
    for (const line of lines) paintLine(context, line, collection, lookOf(collection, line.feature), colors);
    context.restore();
    for (const spot of faint.spots) paintFaint(context, spot, colors);
    for (const group of groups) paintGroup(context, group, collection, colors, lookOf);
  }
}

function cornerOf({ x, y }: L.Coords): L.Point {
  return L.point(x * tileSize, y * tileSize);
}

function keyOf({ x, y, z }: L.Coords): string {
  return `${z}/${y}/${x}`;
}
