/** Draws an SVG of the page on a canvas as it looks, with the colours that the style sheet gives it. */

const looks = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-opacity',
  'stroke-width',
  'stroke-dasharray',
  'stroke-dashoffset',
  'stroke-linecap',
  'stroke-linejoin',
  'opacity',
  'display',
  'visibility',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
] as const;

const pictures = new Map<string, Promise<HTMLImageElement>>();

export async function drawSvg(node: SVGSVGElement, at: DOMRect, context: CanvasRenderingContext2D): Promise<void> {
  const { filter, overflow } = getComputedStyle(node);
  const wide = overflow === 'visible' ? withRoom(node.getAttribute('viewBox'), at) : null;
  const drawn = wide?.at ?? at;
  const image = await pictureOf(standalone(node, drawn.width, drawn.height, wide?.viewBox));
  context.save();
  if (filter !== 'none') context.filter = filter;
  context.drawImage(image, drawn.x, drawn.y, drawn.width, drawn.height);
  context.restore();
}

/** How much more of what stands outside its box is drawn on each side, as a share of the box: the ring of a mark. */
const room = 0.5;

/** A picture is cut at its box, where a page shows what stands outside it: it is drawn from a larger box. */
export function withRoom(viewBox: string | null, at: DOMRect): { viewBox: string; at: DOMRect } | null {
  const [x, y, width, height] = (viewBox ?? '').split(/[ ,]+/).map(Number);
  if (x === undefined || y === undefined || width === undefined || height === undefined) return null;
  const whole = 1 + 2 * room;
  return {
    viewBox: [x - room * width, y - room * height, whole * width, whole * height].join(' '),
    at: new DOMRect(at.x - room * at.width, at.y - room * at.height, whole * at.width, whole * at.height),
  };
}

function standalone(node: SVGSVGElement, width: number, height: number, viewBox?: string): string {
  const copy = node.cloneNode(true) as SVGSVGElement;
  const originals = [node, ...node.querySelectorAll('*')];
  [copy, ...copy.querySelectorAll('*')].forEach((part, index) => {
    const original = originals[index];
    if (original) dress(part, getComputedStyle(original));
  });
  copy.setAttribute('width', String(width));
  copy.setAttribute('height', String(height));
  if (viewBox !== undefined) copy.setAttribute('viewBox', viewBox);
  return new XMLSerializer().serializeToString(copy);
}

function dress(part: Element, style: CSSStyleDeclaration): void {
  for (const name of ['class', 'style', 'tabindex']) part.removeAttribute(name);
  for (const look of looks) {
    const value = style.getPropertyValue(look);
    if (value !== '') part.setAttribute(look, value);
  }
}

/** Equal marks are one picture. */
function pictureOf(text: string): Promise<HTMLImageElement> {
  const known = pictures.get(text);
  if (known) return known;
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  const ready = image.decode().then(() => image);
  if (pictures.size > 500) pictures.clear();
  pictures.set(text, ready);
  return ready;
}
