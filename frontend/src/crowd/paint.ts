/** Draws groups on a canvas, as cluster-mark.ts and symbols.ts draw them as SVG: the switch between the two is not seen. */
import { clusterSize, countFont, inOrder, shortCount } from '../layers/cluster-mark';
import { categoryStyle } from '../style/category';
import type { MapColors } from '../theme';
import type { Group } from './group';

const markSize = 24; // of one incident, as in incidents.ts

export function reachOf({ count }: Group): number {
  return (count === 1 ? markSize : clusterSize(count)) / 2;
}

export function paintGroup(context: CanvasRenderingContext2D, group: Group, colors: MapColors): void {
  const [category = 'unknown'] = Object.keys(group.shares);
  context.save();
  context.translate(group.x, group.y);
  if (group.count === 1) paintOne(context, category, colors);
  else paintRing(context, group, colors);
  context.restore();
}

function paintOne(context: CanvasRenderingContext2D, category: string, colors: MapColors): void {
  const { color, glyph } = categoryStyle(category);
  const scale = markSize / 24;
  context.scale(scale, scale);
  disc(context, 10.5, color);
  context.lineWidth = 1.5;
  context.strokeStyle = colors.markEdge;
  context.stroke();
  context.translate(-8, -8);
  context.lineWidth = 1.8;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  context.strokeStyle = '#fff';
  context.stroke(new Path2D(glyph));
}

/** In a box of 40, like the SVG mark. */
function paintRing(context: CanvasRenderingContext2D, group: Group, colors: MapColors): void {
  const scale = clusterSize(group.count) / 40;
  context.scale(scale, scale);
  disc(context, 19, colors.markEdge);
  let start = -Math.PI / 2; // twelve o'clock
  context.lineWidth = 5;
  for (const [category, share] of inOrder(group.shares)) {
    const end = start + (share / group.count) * 2 * Math.PI;
    context.beginPath();
    context.arc(0, 0, 15.915, start, end);
    context.strokeStyle = categoryStyle(category).color;
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
