/** Draws groups on a canvas, as cluster-mark.ts and symbols.ts draw them as SVG: the switch between the two is not seen. */
import { type CollectionId, codeProperty } from '../collections';
import { clusterSize, countFont, inOrder, shortCount } from '../layers/cluster-mark';
import { type Compared, isChanged, type LookOf, plainLook } from '../layers/look';
import { sizeOf } from '../layers/sizes';
import { categoryStyle } from '../style/category';
import { opacityOf } from '../style/fade';
import { statusStyle } from '../style/status';
import { glyphs, outlines } from '../symbols';
import type { MapColors } from '../theme';
import { differing } from './compared';
import type { Group } from './group';
import type { Pixel } from './tile';

/** What is the same on the date it is compared with, as the style sheet has it for marks. */
const sameOpacity = 0.35;

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
  if (group.count > 1) {
    const different = differing(group, collection, lookOf);
    if (different === 0) context.globalAlpha = sameOpacity;
    paintRing(context, group, collection, colors, (different ?? 0) > 0);
  } else if (codeProperty(collection) === 'category') paintIncident(context, code, colors);
  else {
    const { fade, compared } = feature ? lookOf(collection, feature) : plainLook;
    context.globalAlpha = compared === 'same' ? sameOpacity : isChanged(compared) ? 1 : opacityOf(fade);
    paintStatus(context, code, collection, colors, compared);
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
  compared: Compared | undefined,
): void {
  const scale = sizeOf(collection, status) / 26;
  context.scale(scale, scale);
  context.translate(-12, -12);
  paintSymbol(context, status, glyphs[collection], colors);
  if (isChanged(compared)) paintChange(context, compared.status, colors);
}

/** In a box of 24, as outlines and glyphs are. */
function paintSymbol(
  context: CanvasRenderingContext2D,
  status: string,
  glyph: string | undefined,
  colors: MapColors,
): void {
  const { color, shape, hollow } = statusStyle(status);
  const outline = new Path2D(outlines[shape]);
  context.fillStyle = hollow ? colors.markHollow : color;
  context.fill(outline);
  context.lineWidth = hollow ? 2.6 : 1.6;
  context.lineJoin = 'round';
  context.strokeStyle = hollow ? color : colors.markEdge;
  if (shape === 'ring') context.setLineDash([4, 2.5]);
  context.stroke(outline);
  context.setLineDash([]);
  if (glyph) strokeGlyph(context, glyph, hollow ? color : '#fff', 1.7);
}

/** In the same box, as comparedMark has it: a ring, and at its corner the symbol of the other date, or none. */
function paintChange(context: CanvasRenderingContext2D, status: string | null, colors: MapColors): void {
  context.beginPath();
  context.arc(12, 12, 14.5, 0, 2 * Math.PI);
  context.lineWidth = 3;
  context.strokeStyle = colors.changed;
  context.stroke();
  context.translate(21.5, -0.5);
  disc(context, 8, colors.surface);
  if (status === null) return;
  context.scale(0.5, 0.5);
  context.translate(-12, -12);
  paintSymbol(context, status, undefined, colors);
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

/** In a box of 40, like the SVG mark; with a border where some of it are not as on the date it is compared with. */
function paintRing(
  context: CanvasRenderingContext2D,
  group: Group,
  collection: CollectionId,
  colors: MapColors,
  changed: boolean,
): void {
  const styleOf = codeProperty(collection) === 'category' ? categoryStyle : statusStyle;
  const scale = clusterSize(group.count) / 40;
  context.scale(scale, scale);
  if (changed) disc(context, 22, colors.changed);
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
