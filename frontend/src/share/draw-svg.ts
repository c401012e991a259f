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
  const image = await pictureOf(standalone(node, at.width, at.height));
  const { filter } = getComputedStyle(node);
  context.save();
  if (filter !== 'none') context.filter = filter;
  context.drawImage(image, at.x, at.y, at.width, at.height);
  context.restore();
}

function standalone(node: SVGSVGElement, width: number, height: number): string {
  const copy = node.cloneNode(true) as SVGSVGElement;
  const originals = [node, ...node.querySelectorAll('*')];
  [copy, ...copy.querySelectorAll('*')].forEach((part, index) => {
    const original = originals[index];
    if (original) dress(part, getComputedStyle(original));
  });
  copy.setAttribute('width', String(width));
  copy.setAttribute('height', String(height));
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
