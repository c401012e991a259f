/** Draws groups on a canvas, as cluster-mark.ts and symbols.ts draw them as SVG: the switch between the two is not seen. */
import { type CollectionId, codeProperty } from '../collections';
import { clusterSize, countFont, inOrder, shortCount } from '../layers/cluster-mark';
import type { LookOf } from '../layers/look';
import { sizeOf } from '../layers/sizes';
import { categoryStyle } from '../style/category';
import { opacityOf } from '../style/fade';
import { statusStyle } from '../style/status';
import { glyphs, outlines } from '../symbols';
import type { MapColors } from '../theme';
import type { Group } from './group';
import type { Pixel } from './tile';

function codeIn({ shares }: Group): string {
  return Object.keys(shares)[0] ?? 'unknown';
}

export function reachOf(group: Group, collection: CollectionId): number {
  return (group.count === 1 ? sizeOf(collection, codeIn(group)) : clusterSize(group.count)) / 2;
}

export function paintGroup(
  context: CanvasRenderingContext2D,
  group: Group,
  collection: CollectionId,
  colors: MapColors,
  lookOf: LookOf,
): void {
  const code = codeIn(group);
  const [feature = null] = group.spots.map(spot => spot.feature);
  context.save();
  context.translate(group.x, group.y);
  if (group.count > 1) paintRing(context, group, collection, colors);
  else if (codeProperty(collection) === 'category') paintIncident(context, code, colors);
  else {
    if (feature) context.globalAlpha = opacityOf(lookOf(collection, feature).fade);
    paintStatus(context, code, collection, colors);
  }
  context.restore();
}

/** A point that the filters leave out. */
export function paintFaint(context: CanvasRenderingContext2D, { x, y }: Pixel, colors: MapColors): void {
  context.save();
  context.globalAlpha = 0.3;
  context.translate(x, y);
  disc(context, 4, colors.placeLabel);
  context.restore();
}

function paintStatus(
  context: CanvasRenderingContext2D,
  status: string,
  collection: CollectionId,
  colors: MapColors,
): void {
  const { color, shape, hollow } = statusStyle(status);
  const scale = sizeOf(collection, status) / 26;
  context.scale(scale, scale);
  context.translate(-12, -12);
  const outline = new Path2D(outlines[shape]);
  context.fillStyle = hollow ? colors.markHollow : color;
  context.fill(outline);
  context.lineWidth = hollow ? 2.6 : 1.6;
  context.lineJoin = 'round';
  context.strokeStyle = hollow ? color : colors.markEdge;
  if (shape === 'ring') context.setLineDash([4, 2.5]);
  context.stroke(outline);
  context.setLineDash([]);
  const glyph = glyphs[collection];
  if (glyph) strokeGlyph(context, glyph, hollow ? color : '#fff', 1.7);
}

function paintIncident(context: CanvasRenderingContext2D, category: string, colors: MapColors): void {
  const { color, glyph } = categoryStyle(category);
  disc(context, 10.5, color);
  context.lineWidth = 1.5;
  context.strokeStyle = colors.markEdge;
  context.stroke();
  context.translate(-8, -8);
  strokeGlyph(context, glyph, '#fff', 1.8);
}

function strokeGlyph(context: CanvasRenderingContext2D, glyph: string, color: string, width: number): void {
  context.lineWidth = width;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  context.strokeStyle = color;
  context.stroke(new Path2D(glyph));
}

/** In a box of 40, like the SVG mark. */
function paintRing(context: CanvasRenderingContext2D, group: Group, collection: CollectionId, colors: MapColors): void {
  const styleOf = codeProperty(collection) === 'category' ? categoryStyle : statusStyle;
  const scale = clusterSize(group.count) / 40;
  context.scale(scale, scale);
  disc(context, 19, colors.markEdge);
  let start = -Math.PI / 2; // twelve o'clock
  context.lineWidth = 5;
  for (const [code, share] of inOrder(group.shares)) {
    const end = start + (share / group.count) * 2 * Math.PI;
    context.beginPath();
    context.arc(0, 0, 15.915, start, end);
    context.strokeStyle = styleOf(code).color;
    context.stroke();
    start = end;
  }
  disc(context, 13.4, colors.surface);
  context.fillStyle = colors.text;
  const count = shortCount(group.count);
  context.font = `600 ${countFont(count)}px system-ui, sans-serif`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(count, 0, 0.5);
}

function disc(context: CanvasRenderingContext2D, radius: number, color: string): void {
  context.beginPath();
  context.arc(0, 0, radius, 0, 2 * Math.PI);
  context.fillStyle = color;
  context.fill();
}
