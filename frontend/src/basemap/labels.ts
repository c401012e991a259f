import * as L from 'leaflet';
import { type MapColors, mapColors } from '../theme';
import { type Box, Boxes } from './collision';
import type { Label, LabelKind } from './names';

const fonts: Readonly<Record<LabelKind, string>> = {
  country: '600 12px system-ui, sans-serif',
  capital: '600 13px system-ui, sans-serif',
  city: '500 12px system-ui, sans-serif',
  town: '400 11px system-ui, sans-serif',
  river: 'italic 400 11px system-ui, sans-serif',
};

interface MarkPlace {
  readonly at: L.LatLng;
  readonly offset: readonly [number, number];
  readonly reach: number;
}

/** What stands on the map above the names. */
interface Marks {
  places(): readonly MarkPlace[];
  onDraw(listener: () => void): void;
}

const pad = 0.2; // of the map's size, drawn beyond each edge so that a small pan finds names there

/** Names on one canvas, redrawn when the map has come to rest; the first to take a place keeps it. */
export class LabelLayer extends L.Layer {
  readonly #labels: readonly Label[];
  #canvas: HTMLCanvasElement | null = null;
  #marks: Marks | null = null;

  constructor(labels: readonly Label[]) {
    super({ pane: 'labels' });
    this.#labels = [...labels].sort((a, b) => a.rank - b.rank);
  }

  override onAdd(map: L.Map): this {
    this.#canvas = L.DomUtil.create('canvas', 'leaflet-zoom-hide', map.getPane('labels'));
    this.#canvas.setAttribute('aria-hidden', 'true');
    map.on('moveend resize viewreset', this.redraw, this);
    this.redraw();
    return this;
  }

  override onRemove(map: L.Map): this {
    map.off('moveend resize viewreset', this.redraw, this);
    this.#canvas?.remove();
    this.#canvas = null;
    return this;
  }

  /** Names keep clear of the marks of the data from now on. */
  avoid(marks: Marks): void {
    this.#marks = marks;
    marks.onDraw(() => this.redraw());
    this.redraw();
  }

  redraw(): void {
    const context = this.#canvas?.getContext('2d');
    if (!this.#canvas || !context) return;
    const origin = this.#place(this.#canvas, context);
    const zoom = this._map.getZoom();
    const boxes = new Boxes();
    for (const { at, offset, reach } of this.#marks?.places() ?? []) {
      boxes.block(
        boxAround(this._map.latLngToLayerPoint(at).add(L.point(offset[0], offset[1])).subtract(origin), reach),
      );
    }
    const colors = mapColors();
    const size = this._map.getSize().multiplyBy(1 + 2 * pad);
    for (const label of this.#labels) {
      if (zoom < label.minZoom || zoom > label.maxZoom) continue;
      const points = label.points
        .map(([lon = 0, lat = 0]) => this._map.latLngToLayerPoint([lat, lon]).subtract(origin))
        .filter(({ x, y }) => x > 0 && y > 0 && x < size.x && y < size.y);
      drawLabel(context, label, points, boxes, colors);
    }
  }

  /** Fits the canvas to the map and clears it; returns its corner in layer points. */
  #place(canvas: HTMLCanvasElement, context: CanvasRenderingContext2D): L.Point {
    const size = this._map.getSize();
    const ratio = devicePixelRatio;
    const full = size.multiplyBy(1 + 2 * pad).round();
    canvas.width = full.x * ratio;
    canvas.height = full.y * ratio;
    canvas.style.width = `${full.x}px`;
    canvas.style.height = `${full.y}px`;
    const origin = this._map.containerPointToLayerPoint(size.multiplyBy(-pad)).round();
    L.DomUtil.setPosition(canvas, origin);
    context.scale(ratio, ratio);
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.lineJoin = 'round';
    return origin;
  }
}

function drawLabel(
  context: CanvasRenderingContext2D,
  label: Label,
  points: readonly L.Point[],
  boxes: Boxes,
  colors: MapColors,
): void {
  context.font = fonts[label.kind];
  const width = context.measureText(label.text).width;
  const river = label.kind === 'river';
  for (const point of river ? bendsToTry(points) : points) {
    const centre = placesToTry(label.kind, width)
      .map(offset => point.add(L.point(offset)))
      .find(({ x, y }) => boxes.take({ left: x - width / 2 - 2, top: y - 7, right: x + width / 2 + 2, bottom: y + 7 }));
    if (!centre) continue;
    if (label.kind !== 'country' && !river) drawDot(context, point, label.kind, colors);
    drawText(context, label, centre, colors);
    return;
  }
}

/** A town's name stands right of it, else left, above or below, else a little farther off; other names where they are. */
function placesToTry(kind: LabelKind, width: number): readonly [number, number][] {
  if (kind === 'country' || kind === 'river') return [[0, 0]];
  return [7, 16].flatMap((gap): [number, number][] => {
    const [aside, above] = [width / 2 + gap, gap + 6];
    return [
      [aside, 0],
      [-aside, 0],
      [0, above],
      [0, -above],
    ];
  });
}

/** A river is named once, at one of a few bends in sight, the middle one first. */
function bendsToTry(points: readonly L.Point[]): L.Point[] {
  return [0.5, 0.35, 0.65, 0.2, 0.8].flatMap(share => points[Math.floor(points.length * share)] ?? []);
}

function boxAround({ x, y }: L.Point, reach: number): Box {
  return { left: x - reach, top: y - reach, right: x + reach, bottom: y + reach };
}

function drawDot(context: CanvasRenderingContext2D, { x, y }: L.Point, kind: LabelKind, colors: MapColors): void {
  context.beginPath();
  context.arc(x, y, kind === 'town' ? 1.8 : 2.6, 0, 2 * Math.PI);
  context.fillStyle = colors.placeLabel;
  context.fill();
}

function drawText(context: CanvasRenderingContext2D, label: Label, { x, y }: L.Point, colors: MapColors): void {
  context.strokeStyle = colors.halo;
  context.lineWidth = 3;
  context.strokeText(label.text, x, y);
  context.fillStyle = colorOf(label.kind, colors);
  context.fillText(label.text, x, y);
}

function colorOf(kind: LabelKind, colors: MapColors): string {
  if (kind === 'river') return colors.riverLabel;
  return kind === 'country' ? colors.countryLabel : colors.placeLabel;
}
