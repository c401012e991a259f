/** A Chromium and a server for the tests of a file, and pages that record what they should not do. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest';
import type { Server } from './server';

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

function launch(): Promise<Browser> {
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

export interface Site {
  /** With a slash at its end. */
  readonly url: string;
  readonly browser: Browser;
  /** The map at a fragment of its address, once what it asks for is drawn. */
  go(hash?: string, options?: BrowserContextOptions): Promise<Page>;
  /** Any page of the server; what it shows is for the test to wait for. */
  open(path: string, options?: BrowserContextOptions): Promise<Page>;
  /** What went wrong so far on the pages of this test, which is then forgotten. */
  takeFaults(): string[];
}

export interface SiteOptions {
  /** A server of the file's own. Else all files ask the same one, whose data none of them may change. */
  readonly start?: () => Promise<Server>;
  /** How long the server may take to start, in milliseconds. */
  readonly patience?: number;
  /** What a page of the map shows beside what it asks for itself, waited for too. */
  readonly ready?: (page: Page) => Promise<void>;
  /** Faults that are none here. */
  readonly allowed?: (fault: string) => boolean;
}

/**
 * What the tests of a file share: one browser and one server. After every test its pages are closed, and nothing may
 * have gone wrong on any of them: errors and warnings on the console, exceptions, requests to other hosts, answers of
 * 400 and above.
 */
export function openSite({ start, patience = 60_000, ready, allowed = () => false }: SiteOptions = {}): Site {
  let browser: Browser | undefined;
  let own: Server | undefined;
  const faults: string[] = [];
  const takeFaults = () => faults.splice(0).filter(fault => !allowed(fault));
  beforeAll(async () => {
    browser = await launch();
    own = await start?.();
  }, patience);
  afterAll(async () => {
    await browser?.close();
    await own?.stop();
  });
  afterEach(async () => {
    for (const context of browser?.contexts() ?? []) await context.close();
    expect(takeFaults()).toEqual([]);
  });
  const site: Site = {
    get url() {
      return start ? (own?.url ?? '') : inject('sharedServer');
    },
    get browser() {
      if (!browser) throw new Error('the browser is started by the first test of a file');
      return browser;
    },
    async go(hash = '', options = desktop) {
      const page = await visit(site.browser, site.url + hash, options, faults);
      await ready?.(page);
      return page;
    },
    open: (path, options = desktop) => openPage(site.browser, site.url + path, options, faults),
    takeFaults,
  };
  return site;
}

/** Opens the map at an address and waits until what it asked for is drawn. */
export async function visit(
  browser: Browser,
  url: string,
  options: BrowserContextOptions,
  faults: string[] = [],
): Promise<Page> {
  const page = await openPage(browser, url, { timezoneId: 'America/Los_Angeles', ...options }, faults);
  await drawn(page);
  return page;
}

async function openPage(browser: Browser, url: string, options: BrowserContextOptions, faults: string[]) {
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  // Through a worker no test could hold an answer back: only those about the worker have one.
  if (options.serviceWorkers !== 'allow') {
    await context.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'serviceWorker'));
  }
  const page = await context.newPage();
  watch(page, new URL(url).host, faults);
  await page.goto(url);
  return page;
}

function watch(page: Page, own: string, faults: string[]): void {
  page.on('console', message => {
    if (message.type() !== 'log') faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', error => faults.push(`exception: ${error.message}`));
  page.on('request', request => {
    const { protocol, host } = new URL(request.url());
    if (protocol !== 'data:' && host !== own) faults.push(`another host: ${request.url()}`);
  });
  page.on('response', response => {
    if (response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`);
  });
}

/** Waits until every shown collection has been answered. */
export async function drawn(page: Page): Promise<void> {
  await page.waitForFunction(() => document.documentElement.dataset.load === 'done');
}

/** Keeps a picture of the page among the artefacts, with what the timeline shows where that comes soon. */
export async function keep(page: Page, name: string): Promise<void> {
  const told = () => {
    const caption = document.querySelector('.histogram-caption');
    return !caption || !/^$|…$/.test(caption.textContent ?? '');
  };
  await page.waitForFunction(told, null, { timeout: 2000 }).catch(() => null);
  keepFile(`${name}.png`, await page.screenshot());
}

export function keepFile(name: string, content: string | Uint8Array): void {
  mkdirSync(artifacts, { recursive: true });
  writeFileSync(join(artifacts, name), content);
}
