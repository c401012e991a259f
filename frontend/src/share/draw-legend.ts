/** Draws the legend of the panel beside the map: its marks from their nodes, its words as they stand. */
import { language } from '../language/current';
import { t } from '../texts';
import { drawSvg } from './draw-svg';

export const legendWidth = 270;

/** From where the lines of a column start, between a top and a bottom edge. */
export interface Area {
  readonly start: number;
  readonly top: number;
  readonly bottom: number;
}

/** Heights of a line of each kind. */
const heights = { name: 22, about: 16, row: 20, gap: 8 } as const;

/** How much smaller than written a long legend may become; what then still finds no room is left out. */
const smallest = 0.72;

/**
 * Draws what tells how to read the map; returns how many rows found no room. In a comparison pale is what is the same,
 * which is said in words; else it is what was not confirmed lately, which the panel has rows for.
 */
export async function drawLegend(
  context: CanvasRenderingContext2D,
  { start, top, bottom }: Area,
  compared: string | null,
  color: (name: string) => string,
): Promise<number> {
  context.font = '12px system-ui, sans-serif';
  const inLines = (text: string) => linesOf(text, line => context.measureText(line).width <= legendWidth);
  const parts = partsOf(compared).map(part => ({ ...part, lines: part.about === '' ? [] : inLines(part.about) }));
  const whole = parts.reduce(
    (sum, { lines, rows }) =>
      sum + heights.name + lines.length * heights.about + rows.length * heights.row + heights.gap,
    0,
  );
  const scale = Math.max(smallest, Math.min(1, (bottom - top) / whole));
  context.save();
  context.translate(start, top);
  context.scale(scale, scale);
  const end = (bottom - top) / scale;
  const sign = language().dir === 'rtl' ? -1 : 1;
  let y = 14;
  let left = 0;
  const write = (text: string, indent: number, font: string) => {
    context.textAlign = 'start';
    context.font = `${font} system-ui, sans-serif`;
    context.fillStyle = color('--text');
    context.fillText(text, sign * indent, y, legendWidth - indent);
  };
  for (const { name, lines, rows } of parts) {
    if (y > end) {
      left += rows.length + 1;
      continue;
    }
    write(name, 0, '600 14px');
    y += heights.name;
    // Its words stand closer to the name than to the rows.
    y -= lines.length > 0 ? 5 : 0;
    for (const line of lines) {
      write(line, 0, '12px');
      y += heights.about;
    }
    y += lines.length > 0 ? 5 : 0;
    for (const row of rows) {
      if (y > end) {
        left++;
        continue;
      }
      await drawMark(context, row.querySelector('svg'), sign * 17, y - 5);
      write(`${textOf(row, 'span')} (${textOf(row, 'b')})`, 40, '13px');
      y += heights.row;
    }
    y += heights.gap;
  }
  context.restore();
  return left;
}

interface Part {
  readonly name: string;
  readonly about: string;
  readonly rows: readonly Element[];
}

/** The sections of the panel that are read with the map, as they stand. */
function partsOf(compared: string | null): Part[] {
  const layers = [...document.querySelectorAll('.layer[data-phase="ready"]')].map(layer => ({
    name: `${textOf(layer, '.layer-name')} (${textOf(layer, '.layer-count')})`,
    about: '',
    rows: rowsOf(layer),
  }));
  if (compared !== null) return [{ name: t('compare.title'), about: compared, rows: [] }, ...layers];
  const pale = [...document.querySelectorAll('.fade-legend:not([hidden])')].map(section => ({
    name: textOf(section, 'h3'),
    about: textOf(section, 'p'),
    rows: rowsOf(section),
  }));
  return [...layers, ...pale];
}

/** Rows without a mark are ways to filter, not to read the map. */
function rowsOf(section: Element): Element[] {
  return [...section.querySelectorAll('.legend li, li[data-fade]')].filter(row => row.querySelector('svg') !== null);
}

/** A text in lines that fit. */
export function linesOf(text: string, fits: (line: string) => boolean): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && !fits(longer)) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
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
