/** One Chromium for all tests, and pages that record what they should not do. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const executable = process.env.CHROMIUM ?? '/usr/bin/chromium';
const artifacts = join(import.meta.dirname, '../../artifacts');

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const desktop: BrowserContextOptions = { viewport: { width: 1280, height: 800 } };
export const phone: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

export function launch(): Promise<Browser> {
  if (!existsSync(executable)) {
    throw new Error(
      `No browser at ${executable}. Install one with "apt-get install chromium", or name one in CHROMIUM=/path/to/chromium.`,
    );
  }
  // Scrollbars take room on many desktops; the driver would hide them.
  return chromium.launch({
    executablePath: executable,
    headless: true,
    args: flags,
    ignoreDefaultArgs: ['--hide-scrollbars'],
  });
}

export interface Visit {
  readonly page: Page;
  /** What went wrong: console errors and warnings, exceptions, requests to other hosts, answers of 400 and above. */
  readonly faults: string[];
}

/** Opens the map at an address and waits until what it asked for is drawn. */
export async function visit(
  browser: Browser,
  url: string,
  hash: string,
  options: BrowserContextOptions,
): Promise<Visit> {
  const context = await browser.newContext({
    locale: 'en-GB',
    timezoneId: 'America/Los_Angeles',

    ...options,
  });
  // Through a worker no test could hold an answer back: only those about the worker have one.
  if (options.serviceWorkers !== 'allow') {
    await context.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'serviceWorker'));
  }
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', error => faults.push(`exception: ${error.message}`));
  page.on('request', request => {
    const { protocol, host } = new URL(request.url());
    if (protocol !== 'data:' && host !== new URL(url).host) faults.push(`another host: ${request.url()}`);
  });
  page.on('response', response => {
    if (response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`);
  });
  await page.goto(url + hash);
  await drawn(page);
  return { page, faults };
}

/** Waits until every shown collection has been answered. */
export async function drawn(page: Page): Promise<void> {
  await page.waitForFunction(() => document.documentElement.dataset.load === 'done');
}

export async function keep(page: Page, name: string): Promise<void> {
  mkdirSync(artifacts, { recursive: true });
  await page.screenshot({ path: join(artifacts, `${name}.png`) });
}
