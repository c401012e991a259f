/** Marks that are told apart by their shape, and by their colour also by those who see colours otherwise. */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { openSite } from './browser';

const { go } = openSite();

const visions = ['none', 'deuteranopia', 'protanopia', 'tritanopia'] as const;
/** Colours of statuses that are as far from each other as this are not taken for each other; one that is just seen is 2. */
const leastDifference = 10;

type Color = readonly [red: number, green: number, blue: number];

/** The colours of full marks as the screen shows them, by status: of the crossings, and of what is being built. */
async function seenColors(page: Page): Promise<Map<string, Color>> {
  const picture = (await page.screenshot()).toString('base64');
  return new Map(
    await page.evaluate(async data => {
      const image = new Image();
      image.src = `data:image/png;base64,${data}`;
      await image.decode();
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [image.width, image.height];
      const context = canvas.getContext('2d', { willReadFrequently: true });
      context?.drawImage(image, 0, 0);
      const rows = document.querySelectorAll<HTMLElement>(
        '[data-collection="crossings"] [data-facet="status"] li, [data-collection="power-facilities"] [data-code="under_construction"]',
      );
      return [...rows].flatMap((row): [string, Color][] => {
        const mark = row.querySelector('path');
        if (!mark || mark.getAttribute('fill') === 'var(--mark-hollow)') return [];
        // Beside what is drawn in it: within every outline, a third of its height from below.
        const { left, top, width, height } = mark.getBoundingClientRect();
        const [x, y] = [left + width * 0.26, top + height * 0.64];
        const [red = 0, green = 0, blue = 0] = context?.getImageData(x, y, 1, 1).data ?? [];
        return [[row.dataset.code ?? '', [red, green, blue]]];
      });
    }, picture),
  );
}

/** How different two colours look: the distance in CIE Lab, under the light of day. */
function difference(a: Color, b: Color): number {
  return Math.hypot(...labOf(a).map((part, i) => part - (labOf(b)[i] ?? 0)));
}

function labOf(color: Color): number[] {
  const [r = 0, g = 0, b = 0] = color.map(byte => {
    const share = byte / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const [x = 0, y = 0, z = 0] = [
    (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
    0.2126 * r + 0.7152 * g + 0.0722 * b,
    (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
  ].map(part => (part > 0.008856 ? Math.cbrt(part) : 7.787 * part + 16 / 116));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

it('every row of a legend has a shape of its own, and statuses have colours apart for every eye', async () => {
  const page = await go('#date=2022-05-01', { viewport: { width: 1280, height: 1700 } });
  const shapes = await page.$$eval('.layer .legend:not([data-facet="voltage"])', legends =>
    legends.map(legend =>
      [...legend.querySelectorAll('li > button > svg')].map(mark =>
        [...mark.querySelectorAll('path')]
          // Full or hollow is a shape too; of which colour is not.
          .map(path => [path.getAttribute('d'), path.getAttribute('fill')?.startsWith('#')])
          .concat([...mark.querySelectorAll('[stroke-dasharray]')].map(path => [path.getAttribute('stroke-dasharray')]))
          .join(' '),
      ),
    ),
  );
  expect(shapes.flat().length).toBeGreaterThan(20);
  for (const legend of shapes) expect(new Set(legend).size).toBe(legend.length);

  const client = await page.context().newCDPSession(page);
  for (const type of visions) {
    await client.send('Emulation.setEmulatedVisionDeficiency', { type });
    const colors = [...(await seenColors(page))];
    expect(colors.map(([status]) => status)).toEqual([
      'open',
      'restricted',
      'closed',
      'suspended',
      'under_construction',
    ]);
    const near = colors.flatMap(([one, color], i) =>
      colors.slice(i + 1).map(([other, its]) => [`${type}: ${one} and ${other}`, difference(color, its)] as const),
    );
    expect(near.filter(([, distance]) => distance < leastDifference)).toEqual([]);
  }
});
