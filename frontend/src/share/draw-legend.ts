/** Draws the legend of the panel beside the map: its marks from their nodes, its words as they stand. */
import { language } from '../language/current';
import { drawSvg } from './draw-svg';

export const legendWidth = 270;

/** Draws from a top to a bottom edge, from the start of its column; returns how many rows found no room. */
export async function drawLegend(
  context: CanvasRenderingContext2D,
  start: number,
  top: number,
  bottom: number,
  color: (name: string) => string,
): Promise<number> {
  const sign = language().dir === 'rtl' ? -1 : 1;
  let y = top + 14;
  let left = 0;
  const write = (text: string, indent: number, font: string, ink: string) => {
    context.textAlign = 'start';
    context.font = `${font} system-ui, sans-serif`;
    context.fillStyle = color(ink);
    context.fillText(text, start + sign * indent, y, legendWidth - indent);
  };
  for (const layer of document.querySelectorAll('.layer[data-phase="ready"]')) {
    // Rows without a mark are ways to filter, not to read the map.
    const rows = [...layer.querySelectorAll('.legend li')].filter(row => row.querySelector('svg') !== null);
    if (y > bottom - 20) {
      left += rows.length + 1;
      continue;
    }
    write(`${textOf(layer, '.layer-name')} (${textOf(layer, '.layer-count')})`, 0, '600 14px', '--text');
    y += 22;
    for (const row of rows) {
      if (y > bottom) {
        left++;
        continue;
      }
      await drawMark(context, row.querySelector('svg'), start + sign * 17, y - 5);
      write(`${textOf(row, 'span')} (${textOf(row, 'b')})`, 40, '13px', '--text');
      y += 20;
    }
    y += 8;
  }
  return left;
}

async function drawMark(
  context: CanvasRenderingContext2D,
  mark: SVGSVGElement | null,
  x: number,
  y: number,
): Promise<void> {
  if (mark === null) return;
  const [width, height] = [mark, mark].map((node, index) =>
    Number(node.getAttribute(index === 0 ? 'width' : 'height')),
  ) as [number, number];
  const size = Math.min(1, 17 / height);
  await drawSvg(
    mark,
    new DOMRect(x - (width * size) / 2, y - (height * size) / 2, width * size, height * size),
    context,
  );
}

function textOf(node: Element, selector: string): string {
  return node.querySelector(selector)?.textContent ?? '';
}
