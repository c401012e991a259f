// Draws the icons of the installed app from src/icon.svg: `node icons/make.mjs`, with Chromium at hand.
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const here = import.meta.dirname;
const out = join(here, '../public/icons');
const icon = readFileSync(join(here, '../src/icon.svg'), 'utf8');
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});

/** share is how much of the square the icon fills; a mask may cut a tenth off each side. */
async function draw(name, size, share) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const side = Math.round(size * share);
  const ground = share < 1 ? '#17474f' : 'transparent';
  const style = `<style>body{margin:0;display:grid;place-items:center;height:100vh;background:${ground}}svg{width:${side}px;height:${side}px}</style>`;
  await page.setContent(style + icon);
  await page.screenshot({ path: join(out, name), omitBackground: share === 1 });
  await page.close();
}

copyFileSync(join(here, '../src/icon.svg'), join(out, 'icon.svg'));
await draw('icon-192.png', 192, 1);
await draw('icon-512.png', 512, 1);
await draw('icon-maskable-512.png', 512, 0.78);
await browser.close();
