/** The map as a picture of one A4 page across, with what makes it understood: title, date, legend, scale, sources, credits. */
import { element } from '../dom';
import { language } from '../language/current';
import { sayDistance } from '../quantity';
import { roundedDown } from '../scale';
import { captionsOf } from './captions';
import { drawLegend, legendWidth } from './draw-legend';
import { drawMap } from './draw-map';
import type { Shown } from './shown';

/** Pixels of the page before it is sharpened; the proportions are those of A4. */
export const pageSize = { width: 1400, height: 990 } as const;
const sharpness = 2;
const margin = 28;
const head = 84;
const foot = 78;

export interface Picture {
  readonly canvas: HTMLCanvasElement;
  /** How many parts of the map could not be drawn. */
  readonly missing: number;
}

export async function picture(shown: Shown): Promise<Picture> {
  const canvas = element('canvas', { width: pageSize.width * sharpness, height: pageSize.height * sharpness });
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('the browser gives no canvas');
  context.scale(sharpness, sharpness);
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(name).trim();
  context.fillStyle = color('--surface');
  context.fillRect(0, 0, pageSize.width, pageSize.height);
  context.direction = language().dir;
  const missing = await drawBody(context, shown, color);
  drawText(context, shown, color);
  return { canvas, missing };
}

/** The map as large as it fits beside the legend. */
async function drawBody(context: CanvasRenderingContext2D, shown: Shown, color: Color): Promise<number> {
  const room = { width: pageSize.width - 3 * margin - legendWidth, height: pageSize.height - head - foot };
  const size = shown.map.getSize();
  const scale = Math.min(room.width / size.x, room.height / size.y);
  const rtl = language().dir === 'rtl';
  const x = rtl ? pageSize.width - margin - size.x * scale : margin;
  context.save();
  context.translate(x, head);
  context.scale(scale, scale);
  const missing = await drawMap(shown.map, context);
  drawScale(context, shown, color);
  context.restore();
  context.strokeStyle = color('--line');
  context.strokeRect(x, head, size.x * scale, size.y * scale);
  const start = rtl ? margin + legendWidth : margin * 2 + size.x * scale;
  const area = { start, top: head, bottom: pageSize.height - foot };
  const left = await drawLegend(context, area, captionsOf(shown.state).compared, color);
  return missing + left;
}

export type Color = (name: string) => string;

function drawScale(context: CanvasRenderingContext2D, { map }: Shown, color: Color): void {
  const { x: width, y: height } = map.getSize();
  const longest = map.distance(
    map.containerPointToLatLng([0, height / 2]),
    map.containerPointToLatLng([140, height / 2]),
  );
  const metres = roundedDown(longest);
  const bar = (140 * metres) / longest;
  const [x, y] = [width - bar - 16, height - 16];
  context.fillStyle = color('--surface');
  context.globalAlpha = 0.8;
  context.fillRect(x - 8, y - 24, bar + 16, 32);
  context.globalAlpha = 1;
  context.strokeStyle = color('--text');
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(x, y - 6);
  context.lineTo(x, y);
  context.lineTo(x + bar, y);
  context.lineTo(x + bar, y - 6);
  context.stroke();
  context.fillStyle = color('--text');
  context.font = '12px system-ui, sans-serif';
  context.textAlign = 'center';
  context.fillText(sayDistance(metres), x + bar / 2, y - 9);
}

function drawText(context: CanvasRenderingContext2D, { state }: Shown, color: Color): void {
  const start = language().dir === 'rtl' ? pageSize.width - margin : margin;
  context.textAlign = 'start';
  const line = (text: string, y: number, font: string, ink: string) => {
    context.font = `${font} system-ui, sans-serif`;
    context.fillStyle = color(ink);
    context.fillText(text, start, y, pageSize.width - 2 * margin);
  };
  const { title, said, credits, sources } = captionsOf(state);
  line(title, 40, '600 24px', '--text');
  line(said, 68, '16px', '--text');
  line(credits, pageSize.height - 52, '13px', '--text');
  line(sources, pageSize.height - 28, '13px', '--text-quiet');
}

/** Hands the picture to the reader as a file. */
export function save(canvas: HTMLCanvasElement, date: string): void {
  canvas.toBlob(blob => {
    if (blob === null) return;
    const address = URL.createObjectURL(blob);
    element('a', { href: address, download: `oxus-${date}.png` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  }, 'image/png');
}
