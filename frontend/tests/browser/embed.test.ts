/** The map in a frame: within pages of other origins, and by itself. */
import { describe, expect, it } from 'vitest';
import { desktop, keep, openSite } from './browser';
import { host } from './elsewhere';
import { axeSays } from './reading';

// The example of the documentation stands in a page of the map's own origin; elsewhere the frame is one of another.
const site = openSite({ allowed: fault => fault.includes('can escape its sandboxing') });
const { go } = site;

describe('an embedded map', () => {
  it('stands in a page of another origin as an element, and is no trap', async () => {
    const body = `<!doctype html><html lang="en"><title>Elsewhere</title><main><h1>Elsewhere</h1>
      <script type="module" src="${site.url}embed.js"></script>
      <oxus-map date="2022-05-01" view="8/36.9/71.5" layers="crossings,bazaars" title="Two layers"></oxus-map>
      <p style="height:1500px"><a id="after" href="#x">after</a></p></main></html>`;
    const other = await host(body);
    const page = await (await site.browser.newContext(desktop)).newPage();
    await page.goto(other.url);
    const frame = page.frameLocator('oxus-map iframe');
    await frame.locator('.map-mark').first().waitFor();
    expect(await frame.locator('h1').textContent()).toContain('1 May 2022');
    expect(await frame.locator('.panel').count()).toBe(0);
    expect(await frame.locator('.embed-head a').getAttribute('href')).toContain(
      'date=2022-05-01&layers=crossings,bazaars',
    );
    expect((await page.locator('oxus-map').boundingBox())?.height).toBe(480);
    await keep(page, 'embed');
    await page.mouse.move(500, 300);
    await page.mouse.wheel(0, 400);
    await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(0);
    const zoomed = () => frame.locator('.embed-head a').getAttribute('href');
    expect(await zoomed()).toContain('map=8/');
    await page.evaluate(() => scrollTo(0, 0));
    await page.waitForTimeout(1000); // the browser takes what comes sooner for the same turn of the wheel
    await page.mouse.click(700, 250);
    await page.mouse.wheel(0, -400);
    await expect.poll(zoomed).not.toContain('map=8/');
    for (let n = 0; n < 120; n++) {
      await page.keyboard.press('Tab');
      if (await page.evaluate(() => document.activeElement?.id === 'after')) break;
    }
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('after');
    await page.evaluate(() => document.querySelector('oxus-map')?.setAttribute('date', '2023-10-01'));
    await frame.locator('h1', { hasText: '1 October 2023' }).waitFor();
    await page.context().close();
    other.server.close();
  });

  it('stands in a page of another origin by the frame that is copied from the map', async () => {
    const map = await go('#date=2022-05-01&layers=crossings,bazaars&map=8/36.9/71.5');
    await map.getByText('Share and save').click();
    await map.waitForSelector('.modal-share');
    const code = await map.inputValue('textarea[aria-label="Embed in a page"]');
    const other = await host(`<!doctype html><html lang="en"><title>Elsewhere</title>${code}</html>`);
    const page = await (await site.browser.newContext(desktop)).newPage();
    await page.goto(other.url);
    const frame = page.frameLocator('iframe');
    await frame.locator('.map-mark').first().waitFor();
    expect(await frame.locator('h1').textContent()).toContain('1 May 2022');
    expect(await frame.locator('.map-mark[aria-label*="Power"]').count()).toBe(0);
    expect(await frame.locator('.embed-head a').getAttribute('href')).toContain('map=8/36.9/71.5&date=2022-05-01');
    await page.context().close();
    other.server.close();
  });

  it('cannot be done with the whole map, which may be framed by its own origin alone', async () => {
    const other = await host(`<!doctype html><title>x</title><iframe src="${site.url}"></iframe>`);
    const page = await (await site.browser.newContext(desktop)).newPage();
    await page.goto(other.url);
    await page.waitForTimeout(1500);
    expect(await page.frameLocator('iframe').locator('.panel').count()).toBe(0);
    await page.context().close();
    other.server.close();
  });

  it('has its legend on demand, and axe finds nothing in it', async () => {
    const options = { ...desktop, viewport: { width: 480, height: 400 } };
    const page = await site.open('embed?map=8%2F36.9%2F71.5&date=2022-05-01&item=bazaars%2Fishkoshim-bazaar', options);
    await page.locator('.details h2').waitFor();
    expect(await axeSays(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.locator('.embed-legend > details > summary').press('Enter');
    expect(await page.locator('.embed-legend .legend').first().isVisible()).toBe(true);
    expect(await axeSays(page)).toEqual([]);
    await keep(page, 'embed-legend');
  });

  it('is documented by a page with a working example', async () => {
    const page = await site.open('embed/docs', { ...desktop, viewport: { width: 1000, height: 1400 } });
    await page.frameLocator('oxus-map iframe').locator('.map-mark').first().waitFor();
    expect(await page.textContent('#element-code')).toContain(`${site.url}embed.js`);
    expect(await axeSays(page)).toEqual([]);
    await keep(page, 'embed-docs');
  });
});
