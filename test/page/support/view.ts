/** A browser for the tests of a file, and what they look at with it. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { installedBrowser, launch } from '../browser.ts';
import { openTestConsole, type TestConsole } from './console.ts';

/** Generous for a machine under load; nothing waits longer than it must. */
export const PATIENCE = { timeout: 20_000 };

export const executable = installedBrowser();

/** A browser for all tests of a file, and a console for each. */
export function useBrowser() {
  let browser: Browser;
  const consoles: TestConsole[] = [];
  const pages: Page[] = [];
  beforeAll(async () => {
    browser = await launch(executable ?? '');
  });
  afterEach(async () => {
    await Promise.all(pages.splice(0).map((page) => page.context().close()));
    await Promise.all(consoles.splice(0).map((one) => one.close()));
  });
  afterAll(() => browser?.close());
  return {
    async console(): Promise<TestConsole> {
      const opened = await openTestConsole();
      consoles.push(opened);
      return opened;
    },
    /** The page of a console. */
    async open({ url }: TestConsole, options: BrowserContextOptions = {}): Promise<Page> {
      const context = await browser.newContext({
        ...{ viewport: { width: 1280, height: 800 }, locale: 'en-US', ...options },
      });
      context.setDefaultTimeout(PATIENCE.timeout);
      const page = await context.newPage();
      pages.push(page);
      await page.goto(url);
      return page;
    },
  };
}

/** Waits until an element has such a text. */
export const text = (page: Page, selector: string, pattern: RegExp): Promise<void> =>
  page.locator(selector, { hasText: pattern }).first().waitFor(PATIENCE);
