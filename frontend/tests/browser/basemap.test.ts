/** The basemap as it is painted: where it is, in which language, which borders, and in which light. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { places, rivers } from '../../src/language/gazetteer';
import { catalogue as dari } from '../../src/texts.fa';
import { catalogue as russian } from '../../src/texts.ru';
import { catalogue as tajik } from '../../src/texts.tg';
import { desktop, keep, openSite } from './browser';

const site = openSite();
const { go } = site;

const panes = ['basemap', 'labels'] as const;

/** The share of a pane's canvas that is painted, in thousandths; 0 while there is none. */
function painted(page: Page, pane: (typeof panes)[number]): Promise<number> {
  return page.evaluate(pane => {
    const canvas = document.querySelector<HTMLCanvasElement>(`.leaflet-${pane}-pane canvas`);
    if (!canvas || canvas.width === 0 || canvas.height === 0) return 0;
    // The canvas itself is not made to be read.
    const copy = document.createElement('canvas');
    [copy.width, copy.height] = [canvas.width, canvas.height];
    const context = copy.getContext('2d', { willReadFrequently: true });
    context?.drawImage(canvas, 0, 0);
    const data = context?.getImageData(0, 0, copy.width, copy.height).data ?? [];
    let inked = 0;
    for (let i = 3; i < data.length; i += 4) if ((data[i] ?? 0) > 0) inked++;
    return (1000 * inked) / (copy.width * copy.height);
  }, pane);
}

/** Moves the map, its canvases wiped, so that what is seen then was drawn there. */
async function moveTo(page: Page, view: string): Promise<void> {
  await page.$$eval('.leaflet-basemap-pane canvas, .leaflet-labels-pane canvas', canvases => {
    for (const canvas of canvases as HTMLCanvasElement[]) canvas.width += 0;
  });
  await page.evaluate(view => {
    location.hash = location.hash.replace(/map=[^&]+/, `map=${view}`);
  }, view);
}

/** Waits until lines and names are painted. */
async function drawnThere(page: Page): Promise<void> {
  for (const pane of panes) await expect.poll(() => painted(page, pane), { message: pane }).toBeGreaterThan(0.5);
}

/** What was written and drawn on the canvases since the last look. */
interface Painting {
  /** Each as "pane: text in colour". */
  readonly texts: readonly string[];
  /** Each as "pane: colour, dashes", once. */
  readonly strokes: readonly string[];
}

interface Watched extends Window {
  painting: { texts: string[]; strokes: string[] };
}

/** Notes from now on what is written and drawn on the canvases of the map's panes. */
function watch(page: Page): Promise<void> {
  return page.evaluate(() => {
    const kept: Watched['painting'] = { texts: [], strokes: [] };
    (window as unknown as Watched).painting = kept;
    const paneOf = ({ canvas }: CanvasRenderingContext2D) =>
      /leaflet-([a-z]+)-pane/.exec(canvas.parentElement?.className ?? '')?.[1];
    const { fillText, stroke } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
      kept.texts.push(`${paneOf(this)}: ${text} in ${this.fillStyle}`);
      fillText.call(this, text, x, y);
    };
    CanvasRenderingContext2D.prototype.stroke = function (this: CanvasRenderingContext2D, path?: Path2D) {
      kept.strokes.push(`${paneOf(this)}: ${this.strokeStyle}, ${this.getLineDash().join(' ') || 'solid'}`);
      if (path) stroke.call(this, path);
      else (stroke as () => void).call(this);
    };
  });
}

const paintingOf = async (page: Page): Promise<Painting> => {
  const { texts, strokes } = await page.evaluate(() => {
    const { painting } = window as unknown as Watched;
    return { texts: painting.texts.splice(0), strokes: painting.strokes.splice(0) };
  });
  return { texts: [...new Set(texts)], strokes: [...new Set(strokes)] };
};

/** What the style sheet has for the basemap in the light there is, and what stands behind it. */
function colorsOf(page: Page) {
  return page.evaluate(() => {
    const style = getComputedStyle(document.documentElement);
    const of = (name: string) => style.getPropertyValue(`--map-${name}`).trim();
    const [border, disputed, river, town] = ['border', 'border-disputed', 'river', 'place-label'].map(of);
    const land = getComputedStyle(document.querySelector('#map') ?? document.body).backgroundColor;
    return { border, disputed, river, town, land };
  });
}

describe('the basemap', () => {
  it('is drawn, lines and names, from far to near', async () => {
    const page = await go('#date=2022-05-01&layers=crossings&map=7/37.5/71.5');
    await drawnThere(page);
    for (const zoom of [3, 5, 7, 9, 12]) {
      await moveTo(page, `${zoom}/37.5/71.5`);
      await drawnThere(page);
      expect(page.url()).toContain(`map=${zoom}/`);
      await keep(page, `place-z${zoom}`);
    }
    // The operator of this server has named no online map: none is offered.
    expect(
      await page.evaluate(() => performance.getEntriesByName(new URL('page.json', location.href).href).length),
    ).toBe(1);
    expect(await page.locator('.online').isVisible()).toBe(false);
    expect(await page.locator('.leaflet-online-pane img').count()).toBe(0);
  });

  it('is as crisp as the screen, far and near', async () => {
    const page = await go('#date=2022-05-01&layers=&map=7/37.5/71.5', { ...desktop, deviceScaleFactor: 2 });
    await drawnThere(page);
    for (const zoom of [3, 12]) {
      await moveTo(page, `${zoom}/37.5/71.5`);
      await drawnThere(page);
      for (const pane of panes) {
        const ratio = await page.$eval(
          `.leaflet-${pane}-pane canvas`,
          canvas => (canvas as HTMLCanvasElement).width / canvas.getBoundingClientRect().width,
        );
        expect(ratio).toBeCloseTo(2, 1);
      }
    }
  });

  it.each([
    ['ru', russian, 'Хорог', 'Пяндж', 0],
    ['tg', tajik, 'Хоруғ', 'Панҷ', 0], // the Russian name where there is no other
    ['fa', dari, 'خاروغ', 'پنج', 2],
  ] as const)(
    'names countries, towns and rivers in the language of the page: %s',
    async (lang, texts, khorugh, panj, at) => {
      const page = await go(`#date=2022-05-01&layers=&map=6/37.5/67&lang=${lang}`);
      await drawnThere(page);
      await watch(page);
      const names = new Set<string>();
      // What was to be painted before may still come after the map has moved.
      const named = async () => {
        for (const text of (await paintingOf(page)).texts) names.add(text.replace(/^labels: | in #.*/g, ''));
        return [...names];
      };
      await moveTo(page, '5/37.5/67');
      await drawnThere(page);
      await named();
      await moveTo(page, '7/37.5/67');
      const country = String(texts['country.TJ']).toUpperCase();
      await expect.poll(named).toEqual(expect.arrayContaining([country, khorugh, panj]));
      // Only what the gazetteer knows and is not sure of stands as the basemap has it.
      const latin = [...names].filter(name => /\p{Script=Latin}/u.test(name));
      expect(latin.filter(name => ![places, rivers].some(known => known[name]?.[at] === null))).toEqual([]);
    },
  );

  it('draws borders in dispute otherwise than agreed ones, and all in the light that the reader turns to', async () => {
    // Kashmir: the line of control, and the agreed border south of it.
    const page = await go('#date=2022-05-01&layers=&map=6/33/75');
    await drawnThere(page);
    await watch(page);
    const light = await colorsOf(page);
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      const { border, disputed, river, town } = await colorsOf(page);
      expect(border).not.toBe(disputed);
      const seen = new Set<string>();
      const look = async () => {
        const { strokes, texts } = await paintingOf(page);
        for (const one of [...strokes, ...texts]) seen.add(one);
        return [...seen];
      };
      const all = [
        `basemap: ${border}, solid`,
        `basemap: ${disputed}, 1.5 5`,
        `basemap: ${river}, solid`,
        `labels: Srinagar in ${town}`,
      ];
      await expect.poll(look).toEqual(expect.arrayContaining(all));
      expect([...seen]).not.toContain(`basemap: ${disputed}, solid`);
      if (colorScheme === 'light') continue;
      const dark = await colorsOf(page);
      for (const name of ['border', 'disputed', 'river', 'town', 'land'] as const) {
        expect(dark[name]).not.toBe(light[name]);
      }
    }
  });
});
