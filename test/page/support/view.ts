/** A browser for the tests of the page, and what they look at with it. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterEach, beforeAll } from 'vitest';
import { installedBrowser, launch } from '../browser.ts';
import { openTestConsole, type TestConsole } from './console.ts';

/** Generous for a machine under load; nothing waits longer than it must. */
export const PATIENCE = { timeout: 40_000 };

export const executable = installedBrowser();

const CONTEXT: BrowserContextOptions = { viewport: { width: 1280, height: 800 }, locale: 'en-US' };

/** One for all files of a test worker; it ends with the worker. */
let launched: Promise<Browser> | undefined;
export const sharedBrowser = (): Promise<Browser> => {
  launched ??= launch(executable ?? '');
  return launched;
};

/**
 * Likewise a page for all tests that ask for nothing special: a new one costs three times as much as the page that it
 * shows. Nothing passes from one test to the next, because each console is an origin of its own.
 */
let shown: Promise<Page> | undefined;
const sharedPage = (): Promise<Page> => {
  shown ??= sharedBrowser().then((browser) => newPage(browser, CONTEXT));
  return shown;
};

/** Of a person who wants no motion: what moves is drawn sixty times a second, and no test looks at it. */
async function newPage(browser: Browser, options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(PATIENCE.timeout);
  return context.newPage();
}

/** Leaves nothing of a test in the shared page. */
async function clear(page: Page): Promise<void> {
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.goto('about:blank');
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: null });
}

interface OpenOptions extends BrowserContextOptions {
  at?: string;
}

/** A console and pages for each test of a file. */
export function useBrowser() {
  const consoles: TestConsole[] = [];
  const special: Page[] = [];
  let isShown = false;
  beforeAll(async () => {
    await sharedBrowser();
  });
  afterEach(async () => {
    await Promise.all(special.splice(0).map((page) => page.context().close()));
    if (isShown) await clear(await sharedPage());
    isShown = false;
    await Promise.all(consoles.splice(0).map((one) => one.close()));
  });
  return {
    async console(): Promise<TestConsole> {
      const opened = await openTestConsole();
      consoles.push(opened);
      return opened;
    },
    /** The page of a console at an address such as `#/rules`; with options, one that is closed after the test. */
    async open({ url }: TestConsole, { at = '', ...options }: OpenOptions = {}): Promise<Page> {
      const isSpecial = Object.keys(options).length > 0;
      const page = isSpecial
        ? await newPage(await sharedBrowser(), { ...CONTEXT, ...options })
        : await sharedPage();
      if (isSpecial) special.push(page);
      else isShown = true;
      await page.goto(`${url}${at}`);
      return page;
    },
  };
}

/** Waits until an element has such a text. */
export const text = (page: Page, selector: string, pattern: RegExp): Promise<void> =>
  page.locator(selector, { hasText: pattern }).first().waitFor(PATIENCE);

export interface WatchedPage {
  page: Page;
  /** Errors and warnings of its scripts. */
  problems: string[];
  /** Addresses that it loaded from elsewhere. */
  foreign: string[];
}

/** A page of its own that is watched. @param isOwn is the address one of the servers that it may ask? */
export async function openWatchedPage(isOwn: (address: string) => boolean): Promise<WatchedPage> {
  const viewport = { width: 1280, height: 900 };
  const page = await newPage(await sharedBrowser(), { viewport, locale: 'en-GB' });
  const problems: string[] = [];
  const foreign: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('request', (request) => {
    if (!isOwn(request.url())) foreign.push(request.url());
  });
  return { page, problems, foreign };
}
