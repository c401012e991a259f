/** The sheet that details stand in on a phone, and what moves by itself. */
import { describe, expect, it } from 'vitest';
import { desktop, keep, openSite, phone } from './browser';
import { detailsOf } from './opened';

const site = openSite();
const { go } = site;
const goDetails = async (hash: string, options = desktop) => detailsOf(await go(hash, options));

describe('the sheet of a phone', () => {
  it('has three heights, by drag, by press and by keys', async () => {
    const page = await goDetails('#date=2022-05-01&item=bazaars/ishkoshim-bazaar', phone);
    const height = () => page.getAttribute('.sheet', 'data-height');
    const handle = page.locator('.sheet-handle');
    expect(await height()).toBe('half');
    await keep(page, 'detail-phone-half');
    await handle.tap();
    expect(await height()).toBe('full');
    await page.waitForTimeout(300);
    await keep(page, 'detail-phone-full');
    await handle.focus();
    await page.keyboard.press('ArrowDown');
    expect(await height()).toBe('half');
    expect(await handle.getAttribute('aria-label')).toBe('Height of the details: half');
    await page.waitForTimeout(300);
    const box = await handle.boundingBox();
    const [x, y] = [(box?.x ?? 0) + 100, (box?.y ?? 0) + 20];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x, y + 200, { steps: 10 });
    await page.waitForTimeout(100);
    await page.mouse.move(x, y + 201);
    await page.mouse.up();
    expect(await height()).toBe('peek');
    await page.waitForTimeout(300);
    expect(await page.locator('.details h2').isVisible()).toBe(true);
    await keep(page, 'detail-phone-peek');
  });

  it('keeps its height for what is opened next, and shows the place above itself', async () => {
    const page = await goDetails('#date=2022-05-01&map=9/36.74/71.58&item=bazaars/ishkoshim-bazaar', phone);
    await page.waitForTimeout(500);
    const [mark, sheet] = await Promise.all([
      page.locator('.map-mark[aria-label^="Ishkoshim island market"]').boundingBox(),
      page.locator('.sheet').boundingBox(),
    ]);
    expect((mark?.y ?? 0) + (mark?.height ?? 0)).toBeLessThan(sheet?.y ?? 0);
    await page.locator('.sheet-handle').press('ArrowDown');
    await page.tap('.sheet-close');
    await page.locator('.map-mark[aria-label^="Ishkoshim island market"]').tap();
    await page.waitForSelector('.sheet[data-height="peek"] .details');
  });
});

describe('motion', () => {
  it('is not made where the reader does not want it', async () => {
    const page = await goDetails('#date=2022-05-01&item=bazaars/ishkoshim-bazaar', {
      ...phone,
      reducedMotion: 'reduce',
    });
    expect(
      await page.evaluate(() => getComputedStyle(document.querySelector('.sheet') as Element).transitionDuration),
    ).toBe('0s');
  });

  it('of the map is none either: to what is opened, and by the arrow keys', async () => {
    const page = await go('#date=2022-05-01&map=9/36.74/73.4', { ...desktop, reducedMotion: 'reduce' });
    await page.evaluate(() => {
      const pane = document.querySelector('.leaflet-map-pane') as Element;
      new MutationObserver(() => {
        if (pane.classList.contains('leaflet-pan-anim')) document.documentElement.setAttribute('data-glided', '');
      }).observe(pane, { attributes: true, attributeFilter: ['class'] });
    });
    const view = () => /map=[^&]+/.exec(page.url())?.[0];
    const moved = async (by: () => Promise<unknown>) => {
      const before = view();
      await by();
      await expect.poll(view).not.toBe(before);
      expect(await page.getAttribute('html', 'data-glided')).toBeNull();
    };
    await moved(() =>
      page.evaluate(() => {
        location.hash += '&item=bazaars/ishkoshim-bazaar';
      }),
    );
    const bazaar = await page.locator('.map-mark[aria-label^="Ishkoshim island market"]').boundingBox();
    const map = await page.locator('#map').boundingBox();
    expect(bazaar?.x).toBeGreaterThan(map?.x ?? 0);
    await moved(() => page.locator('#map').press('ArrowRight'));
  });
});
