/** What a reader would stumble over: a word of another language, a text without room, and what axe finds. */
import axe, { type AxeResults, type NodeResult, type RunOptions } from 'axe-core';
import type { Page } from 'playwright-core';
import type { Entries } from '../../src/language/catalogue';
import { phone } from './browser';

export const narrow = { ...phone, viewport: { width: 320, height: 640 } };

/** Names, formats and units that are written so in every language. */
const latin = new Set(
  'Oxus CASA GeoJSON GeoNames Leaflet Natural Earth ODbL OpenStreetMap oxus key add maintainer zip shp dbf prj cpg CSV KML GeoPackage UTC'.split(
    ' ',
  ),
);

/** Words in Latin letters that a reader of the page's language meets, but for what is marked as another language. */
export async function foreignWords(page: Page): Promise<string[]> {
  const words = (await textsOf(page)).flatMap(text => text.match(/\p{Script=Latin}{2,}/gu) ?? []);
  return [...new Set(words)].filter(word => !latin.has(word));
}

/**
 * Texts that the page has from a catalogue other than its own: Russian and Tajik are written in the same letters. Texts
 * that both have alike are of either.
 */
export async function foreignTexts(page: Page, own: Entries, others: readonly Entries[]): Promise<string[]> {
  const wholeOf = (entries: Entries) =>
    Object.values(entries).flatMap(entry => (typeof entry === 'string' ? [entry] : Object.values(entry)));
  const foreign = new Set(others.flatMap(wholeOf));
  for (const text of wholeOf(own)) foreign.delete(text);
  return (await textsOf(page)).map(text => text.trim()).filter(text => foreign.has(text));
}

/** Texts, labels and titles, but for what is marked as another language. */
function textsOf(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const marked = '[lang]:not(html), script, style, noscript';
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found: string[] = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (parent && !parent.closest(marked)) found.push(node.textContent ?? '');
    }
    for (const node of document.querySelectorAll('[aria-label], [title], [placeholder]')) {
      // The label of a mark begins with a name of the data, in the language there is.
      if (node.closest(`${marked}, .map-mark, .line-band, .tick`)) continue;
      for (const name of ['aria-label', 'title', 'placeholder']) found.push(node.getAttribute(name) ?? '');
    }
    return [...found, document.title];
  });
}

/** Elements of the page whose text does not fit into them or hangs out of the window. */
export function overflowing(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const faults: string[] = [];
    if (document.documentElement.scrollWidth > width) faults.push(`the page: ${document.documentElement.scrollWidth}`);
    for (const node of document.querySelectorAll(
      'button, summary, label, h1, h2, h3, p, dt, dd, legend, .layer-count, .panel, .timebar, .brand',
    )) {
      const box = node.getBoundingClientRect();
      // What is cut on purpose for the eye is there for voices only; what scrolls scrolls.
      if (box.width < 2 || getComputedStyle(node).clipPath !== 'none' || !node.checkVisibility()) continue;
      const name = `${node.tagName}.${node.className}: ${node.textContent?.slice(0, 40)}`;
      if (box.left < -1 || box.right > width + 1) faults.push(`outside ${Math.round(box.left)}–${box.right} ${name}`);
      if (node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).display !== 'inline') {
        faults.push(`too wide ${node.scrollWidth} > ${node.clientWidth} ${name}`);
      }
    }
    return faults;
  });
}

interface Axe {
  run(of: Document, options: RunOptions): Promise<AxeResults>;
}

/**
 * Marks and lines on the map are as near each other as what they stand for, and as small as leaves the map to be read:
 * the exception of WCAG 2.5.8 for a position that is essential, and the list has each of them in a row of its own. A
 * finger has more of a mark than is seen, which axe does not measure.
 */
const placed = '.map-mark, .line-band, .crowd-handle';

/** What axe has to say of the page. The page's policy lets no script be added to it; the driver's own evaluation is not one. */
export async function axeSays(page: Page): Promise<string[]> {
  await page.evaluate(`${axe.source}; undefined`);
  return page.evaluate(async placed => {
    const loaded = (window as unknown as { axe: Axe }).axe;
    // What is as it should be need not be told of, node by node; the size of targets is not among axe's own choice.
    const size = 'target-size';
    const told: RunOptions = { resultTypes: ['violations'], elementRef: true };
    const run = await loaded.run(document, { ...told, rules: { [size]: { enabled: true } } });
    // What the edge of a part that scrolls cuts off comes whole into sight.
    const isCut = (node: Element): boolean => {
      const { top, bottom } = node.getBoundingClientRect();
      for (let part = node.parentElement; part; part = part.parentElement) {
        const box = part.getBoundingClientRect();
        if (getComputedStyle(part).overflowY !== 'visible' && (top < box.top || bottom > box.bottom)) return true;
      }
      return false;
    };
    // So does what lies under something that stays while the rest scrolls.
    const stays = (node: Element | undefined): boolean => {
      for (let part = node ?? null; part; part = part.parentElement) {
        if (getComputedStyle(part).position === 'sticky') return true;
      }
      return false;
    };
    const isUnder = ({ any }: NodeResult): boolean =>
      any.every(
        ({ relatedNodes = [] }) => relatedNodes.length > 0 && relatedNodes.every(({ element }) => stays(element)),
      );
    const smallIn = ({ violations }: AxeResults) => {
      const nodes = violations.filter(({ id }) => id === size).flatMap(found => found.nodes);
      return nodes.filter(node => {
        const { element } = node;
        return element && !element.matches(placed) && !isCut(element) && !isUnder(node);
      });
    };
    let small = smallIn(run);
    if (small.length > 0) {
      // A mark beyond the edge of the map, which is not seen there, counts as lying on what is below the map: what is
      // small is asked for again without marks. What has the focus keeps it.
      const marks = [...document.querySelectorAll<HTMLElement>(placed)].filter(mark => mark !== document.activeElement);
      for (const mark of marks) mark.style.visibility = 'hidden';
      small = smallIn(await loaded.run(document, { ...told, runOnly: { type: 'rule', values: [size] } }));
      for (const mark of marks) mark.style.visibility = '';
    }
    return [...run.violations.filter(({ id }) => id !== size), { id: size, nodes: small }]
      .filter(({ nodes }) => nodes.length > 0)
      .map(({ id, nodes }) => `${id}: ${nodes.map(node => node.html.slice(0, 160)).join(' | ')}`);
  }, placed);
}

/** What a finger is meant to press and is less than 44 pixels high or wide; links within a sentence may be as high as a line. */
export function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('button, select, summary, a, input, [role="option"], .bar-field')]
      .filter(
        node =>
          !node.matches(
            '.bar-turn, .attribution a, .skip, input[type="checkbox"], [aria-hidden="true"], .panel *, .noUi-handle',
          ),
      )
      .map(node => ({ node, box: node.getBoundingClientRect() }))
      .filter(({ node, box }) => box.width > 0 && node.checkVisibility() && (box.height < 43.5 || box.width < 43.5))
      .filter(({ node }) => !(node instanceof HTMLAnchorElement) || node.getBoundingClientRect().height < 43.5)
      .map(({ node, box }) => `${node.className || node.tagName} ${box.width}×${box.height}`),
  );
}

/** Texts of details, list, search, comparison and dialogs that are wider than the room they have, or stand outside the window. */
export function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [
      ...document.querySelectorAll<HTMLElement>(
        '.sheet *, .list *, .brand *, .compare *, .modal *, .timebar-buttons > *',
      ),
    ]
      .filter(
        node =>
          node.checkVisibility() &&
          node.getClientRects().length > 0 &&
          !node.closest('[aria-hidden="true"], .bar-field, .chart, .chart-table'),
      )
      .filter(node => {
        const { left, right } = node.getBoundingClientRect();
        const hidden =
          getComputedStyle(node).overflowX !== 'visible' && !node.matches('.sheet-body, .list-scroll, input, textarea');
        const shrunk = node.matches('.list-head, .details > *') && node.scrollHeight > node.clientHeight + 4;
        const past = node.closest('.brand') && right > (node.closest('.brand')?.getBoundingClientRect().right ?? 0) + 1;
        return (
          shrunk || past || left < -1 || right > innerWidth + 1 || (hidden && node.scrollWidth > node.clientWidth + 1)
        );
      })
      .map(node => `${node.tagName}.${node.className} ${node.textContent?.slice(0, 30)}`),
  );
}
