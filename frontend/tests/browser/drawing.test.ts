/** What is drawn of the data on a date, against what the server tells of it. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { fades } from '../../src/style/fade';
import { statusStyle } from '../../src/style/status';
import { voltageClasses } from '../../src/style/voltage';
import { drawn, keep, openSite } from './browser';
import { ishkoshim, typeDate } from './dated';

const site = openSite();
const { go } = site;

/** The lines of a collection, without what lies under and over them. */
const linesOf = (page: Page, collection: string) =>
  page.$$eval(`svg:has(.line-casing-${collection}) path:not(.line-band):not(.line-casing)`, paths =>
    paths.map(path => ({
      color: path.getAttribute('stroke') ?? '',
      width: Number(path.getAttribute('stroke-width')),
      opacity: path.getAttribute('stroke-opacity'),
    })),
  );

type Counts = Readonly<Record<string, number>>;

/** How many of each code the legend of a collection says there are. */
const legendOf = (page: Page, collection: string, facet: string): Promise<Counts> =>
  page.$$eval(`[data-collection="${collection}"] [data-facet="${facet}"] li`, rows =>
    Object.fromEntries(
      rows.map(row => [(row as HTMLElement).dataset.code, Number(row.querySelector('b')?.textContent)]),
    ),
  );

/** How many of each there are. */
const counted = (values: readonly (string | number)[]): Counts => {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
};

/** Counts of codes, by what they are drawn with. */
function sumBy(counts: Counts, drawnWith: (code: string) => string | number): Counts {
  const sums: Record<string, number> = {};
  for (const [code, n] of Object.entries(counts)) sums[drawnWith(code)] = (sums[drawnWith(code)] ?? 0) + n;
  return sums;
}

/** What the server counts of a collection by a property, beside the page. */
async function asked(page: Page, collection: string, by: string, datetime: string): Promise<Counts> {
  const answer = await page.request.get(`${site.url}api/stats/${collection}?by=${by}&datetime=${datetime}`);
  const { groups } = (await answer.json()) as { groups: { value: string; count: number }[] };
  return Object.fromEntries(groups.map(({ value, count }) => [value, count]));
}

describe('the legend', () => {
  it('counts what the server has on the date, and lines are drawn as it says', async () => {
    const page = await go('#date=2022-05-01');
    for (const date of ['2022-05-01', '2023-10-01']) {
      await typeDate(page, '#as-of', date);
      await page.waitForFunction(asked => location.hash.includes(`date=${asked}`), date);
      await drawn(page);
      for (const id of ['crossings', 'bazaars', 'power-facilities', 'transmission-lines', 'casa-1000']) {
        expect({ id, ...(await legendOf(page, id, 'status')) }).toEqual({
          id,
          ...(await asked(page, id, 'status', date)),
        });
      }
      const period = `${Number(date.slice(0, 4)) - 1}${date.slice(4, 8)}02/${date}`;
      expect(await legendOf(page, 'incidents', 'category')).toEqual(await asked(page, 'incidents', 'category', period));
      const lines = await linesOf(page, 'transmission-lines');
      // Voltages that are not known are drawn as thin as the lowest.
      const widthOf = (code: string) => voltageClasses.find(known => known.code === code)?.width ?? 1.6;
      const voltages = await legendOf(page, 'transmission-lines', 'voltage');
      expect(voltages['500']).toBeGreaterThan(0);
      expect(counted(lines.map(({ width }) => width))).toEqual(sumBy(voltages, widthOf));
      const colorOf = (code: string) => statusStyle(code).color;
      const statuses = await legendOf(page, 'transmission-lines', 'status');
      expect(counted(lines.map(({ color }) => color))).toEqual(sumBy(statuses, colorOf));
    }
  });
});

describe('a ring of incidents', () => {
  it('says and shows how many of each category it holds, and falls apart when it is pressed', async () => {
    const page = await go('#date=2022-05-01&period=2001-01-01/2026-11-01&layers=incidents&map=6/37/70');
    const rings = page.locator('.map-mark[aria-label*="incidents here"]');
    // One in sight, with nothing before it.
    const at = await rings.evaluateAll(nodes =>
      nodes.findIndex(node => {
        const { x, y, width, height } = node.getBoundingClientRect();
        return node.contains(document.elementFromPoint(x + width / 2, y + height / 2));
      }),
    );
    const ring = rings.nth(at);
    const name = (await ring.getAttribute('aria-label')) ?? '';
    const [, count, shares = ''] = /^([\d,]+) incidents here\. (.*)$/.exec(name) ?? [];
    const numbers = shares.split(', ').map(share => Number(share.replace(/^.* /, '')));
    expect(numbers.reduce((a, b) => a + b, 0)).toBe(Number(count));
    expect(numbers).toEqual([...numbers].sort((a, b) => b - a));
    // Its arcs are these shares, in per cent.
    const arcs = await ring
      .locator('circle[stroke-dasharray]')
      .evaluateAll(nodes => nodes.map(node => Number.parseFloat(node.getAttribute('stroke-dasharray') ?? '')));
    expect(arcs).toEqual(numbers.map(number => Number(((100 * number) / Number(count)).toFixed(2))));
    await ring.click();
    await expect.poll(() => Number(/map=([\d.]+)/.exec(page.url())?.[1])).toBeGreaterThan(6);
    // The map has gone there, and in the middle of it is a part of what was one.
    const middle = () =>
      page.$$eval('.leaflet-incidents-pane .map-mark', nodes => {
        const map = document.querySelector('#map')?.getBoundingClientRect() ?? new DOMRect();
        const away = (node: Element) => {
          const { x, bottom, width } = node.getBoundingClientRect();
          return Math.hypot(x + width / 2 - map.x - map.width / 2, bottom - map.y - map.height / 2);
        };
        const [nearest] = nodes.sort((a, b) => away(a) - away(b));
        return Number(/^(\d+) incidents here/.exec(nearest?.ariaLabel ?? '')?.[1] ?? 1);
      });
    await expect.poll(middle).toBeLessThan(Number(count));
  });
});

describe('what was last confirmed long ago', () => {
  it('fades, the legend says why, and the details say when', async () => {
    const page = await go(
      '#date=2026-11-20&item=crossings/aqina-ymamnazar&layers=crossings,bazaars,transmission-lines',
    );
    const faded = page.locator('.map-mark[data-fade="1"], .map-mark[data-fade="2"], .map-mark[data-fade="3"]');
    await expect.poll(() => faded.count()).toBeGreaterThan(0);
    expect(await page.textContent('.fade-legend')).toContain('Pale: not confirmed lately');
    expect(await page.locator('.fade-legend li').count()).toBeGreaterThan(0);
    expect(await page.textContent('.fade-legend')).toContain('The newest source for the status is this much older');
    // On the map as in the legend: marks by the style sheet, lines by their strokes.
    for (const { step, opacity } of fades) {
      const marks = page.locator(`:is(.map-mark, .fade-legend li)[data-fade="${step}"] .mark`);
      const seen = () => marks.evaluateAll(nodes => nodes.map(node => Number(getComputedStyle(node).opacity)));
      // A mark that is drawn anew just then has no style.
      await expect.poll(async () => (await seen()).filter(one => one !== opacity)).toEqual([]);
    }
    const strokes = (await linesOf(page, 'transmission-lines')).map(({ opacity }) => Number(opacity));
    expect(strokes.filter(opacity => fades.some(fade => fade.opacity === opacity)).length).toBeGreaterThan(0);
    await page.waitForSelector('.details .confirmed');
    expect(await page.textContent('.confirmed')).toBe('Last confirmed 27 August 2021, 5 years before this date.');
    await page.locator('.fade-legend').scrollIntoViewIfNeeded();
    await keep(page, 'faded');
  });

  it('is not faded on a day it was documented for', async () => {
    const page = await go(`#date=2022-05-01&${ishkoshim}`);
    // The sources are known once anything fades.
    await page.locator('.fade-legend:not([hidden])').waitFor({ state: 'attached' });
    expect(await page.locator('.map-mark[aria-label^="Ishkoshim island market"]').getAttribute('data-fade')).toBe('0');
  });
});
