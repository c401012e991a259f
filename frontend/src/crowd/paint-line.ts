/** Draws lines on a canvas, as lines.ts and the style sheet draw them as SVG. */
import type { PolylineOptions } from 'leaflet';
import type { CollectionId } from '../collections';
import { faintOpacity, lineStyles } from '../layers/line-styles';
import { type Look, plainLook } from '../layers/look';
import type { MapColors } from '../theme';
import type { Line } from './tile';

/** As map.css has it for a wide soft band. */
const schematicOpacity = 0.45;

export function paintLine(
  context: CanvasRenderingContext2D,
  line: Line,
  collection: CollectionId,
  look: Look,
  colors: MapColors,
): void {
  const { casing, line: inner, schematic } = lineStyles(line.feature, look);
  const color = collection === 'casa-1000' ? colors.casaCasing : colors.lineCasing;
  const path = pathOf(line);
  stroke(context, path, { ...casing, color, opacity: schematic ? schematicOpacity : (casing.opacity ?? 1) });
  stroke(context, path, inner);
}

/** A line that the filters leave out. */
export function paintLineFaint(context: CanvasRenderingContext2D, line: Line): void {
  stroke(context, pathOf(line), { ...lineStyles(line.feature, plainLook).line, opacity: faintOpacity });
}

function pathOf({ paths }: Line): Path2D {
  const path = new Path2D();
  for (const [first, ...rest] of paths) {
    if (first) path.moveTo(first.x, first.y);
    for (const { x, y } of rest) path.lineTo(x, y);
  }
  return path;
}

function stroke(context: CanvasRenderingContext2D, path: Path2D, style: PolylineOptions): void {
  const { color = '', weight = 1, opacity = 1, lineCap = 'butt', lineJoin = 'round', dashArray } = style;
  context.globalAlpha = opacity;
  context.strokeStyle = color;
  context.lineWidth = weight;
  context.lineCap = lineCap as CanvasLineCap;
  context.lineJoin = lineJoin as CanvasLineJoin;
  context.setLineDash(typeof dashArray === 'string' ? dashArray.split(' ').map(Number) : []);
  context.stroke(path);
}
