/** The page without a pointer: where the keyboard stands is always to be seen, and all that opens, opens by it. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { desktop, openSite } from './browser';
import { axeSays, narrow } from './reading';

const site = openSite();
const { go } = site;

/** What has the focus: in words, whether it was there a press before, and what is wrong with how it shows; null for nothing. */
interface Stop {
  readonly name: string;
  readonly again: boolean;
  readonly fault: string;
}

/** Presses Tab until the focus has left the page, and tells where it was on the way. */
async function walk(page: Page, most = 260): Promise<Stop[]> {
  const stops: Stop[] = [];
  while (stops.length < most) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(stopHere);
    if (stop === null) return stops;
    stops.push(stop);
  }
  throw new Error(`after ${most} presses of Tab the focus is still in the page: ${stops.at(-1)?.name}`);
}

/** Runs in the page. */
function stopHere(): Stop | null {
  const node = document.activeElement;
  if (node === null || node === document.body) return null;
  const before = document.documentElement.dataset.stoppedAt;
  const all = [...document.querySelectorAll('*')];
  const index = String(all.indexOf(node));
  document.documentElement.dataset.stoppedAt = index;
  const name = `${node.tagName}.${node.classList[0] ?? node.id} ${(node.ariaLabel ?? node.textContent ?? '').slice(0, 40)}`;
  const { outlineStyle, outlineWidth } = getComputedStyle(node);
  const ringed = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2;
  return { name, again: index === before, fault: !ringed ? 'no ring' : isSeen(node) ? '' : 'hidden' };

  function isSeen(of: Element): boolean {
    return placesOf(of).some(({ x, y }) => {
      const at = document.elementFromPoint(x, y);
      // What lets the pointer through is found by what it stands on.
      return at !== null && (of.contains(at) || (!takesPointer(of) && of.parentElement?.contains(at)));
    });
  }

  function takesPointer(of: Element): boolean {
    return getComputedStyle(of).pointerEvents !== 'none';
  }

  function placesOf(of: Element): DOMPoint[] {
    if (of instanceof SVGGeometryElement) {
      const [length, matrix] = [of.getTotalLength(), of.getScreenCTM() ?? new DOMMatrix()];
      return Array.from({ length: 60 }, (_, i) =>
        DOMPoint.fromPoint(of.getPointAtLength((length * i) / 59)).matrixTransform(matrix),
      );
    }
    return [...of.getClientRects()].flatMap(({ x, y, width, height }) =>
      [
        [0.5, 0.5],
        [0.1, 0.5],
        [0.9, 0.5],
        [0.5, 0.1],
        [0.5, 0.9],
      ].map(([across = 0, down = 0]) => new DOMPoint(x + width * across, y + height * down)),
    );
  }
}

/** Where the browser itself moves within a field, it shows that itself. */
const faultsOf = (stops: readonly Stop[]) =>
  stops.filter(({ again, fault }) => fault !== '' && !again).map(({ name, fault }) => `${fault}: ${name}`);

describe('the focus', () => {
  it.each([
    ['with list and details', desktop, '&list=1&item=bazaars/ishkoshim-bazaar', '.list tbody tr'],
    ['with two dates compared', desktop, '&compare=2020-05-01', '.compare-list li'],
    ['on a narrow phone with details', narrow, '&item=bazaars/ishkoshim-bazaar', '.details h2'],
  ] as const)(
    'is ringed and in sight wherever Tab leads, and is let out of the page: %s',
    async (name, options, more, ready) => {
      // No motion: what the focus moves to has arrived when it is looked at.
      const page = await go(`#date=2022-05-01&map=8/37.2/70.5&layers=bazaars,casa-1000${more}`, {
        ...options,
        reducedMotion: 'reduce',
      });
      await page.waitForSelector(ready);
      if (name.includes('details')) await page.waitForSelector('.details h2');
      // From where an address has put it to the end, and from the beginning on.
      const stops = [...(await walk(page)), ...(await walk(page))];
      // The credits lie below the sheet of a phone, which Escape takes away.
      const below = (fault: string) => name.includes('phone') && /^hidden: (A\.|DIV\.map Map)/.test(fault);
      expect(faultsOf(stops).filter(fault => !below(fault))).toEqual([]);
      const places = stops.map(stop => stop.name).join('\n');
      expect(places).toMatch(/map-mark|leaflet-marker/);
      expect(places).toContain('line-band');
      expect(places).toContain('BUTTON.play');
    },
  );
});

describe('a mark on the map', () => {
  it.each(['Enter', ' '])('opens by the key "%s", and has the focus again when its details are closed', async key => {
    const page = await go('#date=2022-05-01&map=9/36.74/71.58&layers=bazaars');
    const mark = page.locator('.map-mark[aria-label^="Ishkoshim island market"]');
    await mark.focus();
    expect(await page.textContent('.map-tooltip')).toContain('Ishkoshim island market');
    if (key === 'Enter') expect(await axeSays(page)).toEqual([]);
    await page.keyboard.press(key);
    await page.waitForSelector('.details[data-item="bazaars/ishkoshim-bazaar"]');
    await page.keyboard.press('Escape');
    await page.waitForSelector('.details', { state: 'detached' });
    expect(await mark.evaluate(node => node === document.activeElement)).toBe(true);
  });

  it('of several incidents comes apart by keys, or lists them, one of which opens', async () => {
    const page = await go('#date=2022-05-01&period=2001-01-01/2026-11-01&layers=incidents&map=7/34.53/69.17');
    const zoom = () => Number(/map=(\d+)/.exec(page.url())?.[1]);
    const several = page.locator('.map-mark[aria-label*="incidents here"]').first();
    await several.focus();
    await page.keyboard.press('Enter');
    await expect.poll(zoom).toBeGreaterThan(7);
    await page.evaluate(() => {
      location.hash = location.hash.replace(/map=[^&]*/, 'map=14/34.53/69.17');
    });
    await expect.poll(zoom).toBe(14);
    await several.focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('.choices button');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.classList.contains('choice'))).toBe(true);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.details[data-item^="incidents/"]');
  });
});
