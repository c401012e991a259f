/** Draws what stands on the map onto a canvas: canvases as they are, marks and lines from their nodes. */
import type * as L from 'leaflet';
import { drawSvg } from './draw-svg';

/** Panes whose content is no part of the map: what is open, and what is pointed at. */
const aside = new Set(['popupPane', 'tooltipPane', 'mapPane', 'shadowPane']);

/** Draws the map at the origin in its own size; returns how many of its parts could not be drawn. */
export async function drawMap(map: L.Map, context: CanvasRenderingContext2D): Promise<number> {
  const container = map.getContainer();
  const frame = container.getBoundingClientRect();
  context.save();
  context.beginPath();
  context.rect(0, 0, frame.width, frame.height);
  context.clip();
  context.fillStyle = getComputedStyle(container).backgroundColor;
  context.fillRect(0, 0, frame.width, frame.height);
  let missing = 0;
  for (const node of drawnNodes(map)) {
    const rect = node.getBoundingClientRect();
    if (rect.width === 0 || !touches(rect, frame)) continue;
    const at = new DOMRect(rect.x - frame.x, rect.y - frame.y, rect.width, rect.height);
    drawStem(node, frame, context);
    const drawn = await drawNode(node, at, context).then(
      () => true,
      () => false,
    );
    if (!drawn) missing++;
  }
  context.restore();
  return missing;
}

type Drawable = HTMLCanvasElement | HTMLImageElement | SVGSVGElement;

async function drawNode(node: Drawable, at: DOMRect, context: CanvasRenderingContext2D): Promise<void> {
  if (node instanceof HTMLImageElement && !isOurs(node)) throw new Error('a picture of another server');
  if (node instanceof SVGSVGElement) await drawSvg(node, at, context);
  else context.drawImage(node, at.x, at.y, at.width, at.height);
}

/** A picture of another server, such as a tile of an online map, would make the canvas unreadable. */
function isOurs({ src }: HTMLImageElement): boolean {
  return new URL(src, location.href).origin === location.origin || src.startsWith('data:');
}

/** From bottom to top: by pane, and within a pane of marks as they overlap. */
function drawnNodes(map: L.Map): Drawable[] {
  return Object.entries(map.getPanes())
    .filter(([name]) => !aside.has(name))
    .map(([, pane]) => pane)
    .sort((a, b) => depth(a) - depth(b))
    .flatMap(pane => {
      const nodes = [...pane.querySelectorAll<Drawable>('canvas, img, svg')];
      return nodes.sort((a, b) => depth(a.parentElement) - depth(b.parentElement));
    });
}

function depth(node: Element | null): number {
  return node === null ? 0 : Number(getComputedStyle(node).zIndex) || 0;
}

function touches(a: DOMRect, b: DOMRect): boolean {
  return a.right > b.left && a.left < b.right && a.bottom > b.top && a.top < b.bottom;
}

/** The stem that the style sheet draws between a mark and its point. */
function drawStem(node: Drawable, frame: DOMRect, context: CanvasRenderingContext2D): void {
  const pin = node.closest('.pin');
  if (pin === null) return;
  const style = getComputedStyle(pin, '::before');
  const box = pin.getBoundingClientRect();
  context.fillStyle = style.backgroundColor;
  const width = Number.parseFloat(style.width) || 3;
  context.fillRect(
    box.x - frame.x + box.width / 2 - width / 2,
    box.bottom - frame.y - 3,
    width,
    Number.parseFloat(style.height) || 11,
  );
}
