/** The page in many tabs, and with a server that says nothing any more. */
import type { BrowserContext, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { alertOf, stateItem } from './support/console.ts';
import { executable, PATIENCE, text, useBrowser } from './support/view.ts';

/** Every tab of a headless browser is seen. */
const HIDE = `Object.defineProperty(document, 'hidden', { get: () => window.isSeen !== true })`;
const see = (page: Page) =>
  page.evaluate(`window.isSeen = true; document.dispatchEvent(new Event('visibilitychange'))`);

/** Events in the hands of the test: everything comes once, and then nothing, ever. */
const SILENT = `
  window.opened = [];
  window.EventSource = class {
    constructor() {
      opened.push(this);
      fetch('/api/status').then((answer) => answer.text()).then((data) => this.onmessage?.({ data }));
    }
    close() {
      this.isClosed = true;
    }
  };`;

async function openTabs(context: BrowserContext, url: string, n: number): Promise<Page[]> {
  const pages: Page[] = [];
  for (let i = 0; i < n; i += 1) {
    const page = await context.newPage();
    await page.goto(url);
    pages.push(page);
  }
  return pages;
}

describe.skipIf(!executable)('in many tabs', () => {
  const view = useBrowser();

  it('those that nobody sees leave the lines to the others, and say in their titles what fires', async () => {
    const console = await view.console();
    const first = await view.open(console, { locale: 'en-GB' });
    const context = first.context();
    await context.addInitScript(HIDE);
    // More than a browser has lines to one server.
    const others = await openTabs(context, `${console.url}#/rules`, 8);
    const last = others.at(-1) as Page;
    await text(last, '#connection', /^Live$/);
    const at = Date.now();
    console.shown.alerts.push(alertOf('dev-1', 'firing', at));
    await console.putItem(stateItem('north', 'dev-1', at));
    for (const page of others) await expect.poll(() => page.title(), PATIENCE).toMatch(/^\(1\) Rules/);
    await see(last);
    await last.locator('nav a', { hasText: 'Fleet' }).click();
    console.read([['north', 'dev-1']], Date.now());
    await last.locator('#fleet-charts canvas').waitFor();
    await text(first, '#incidents-note', /^1 firing$/);
  });
});

describe.skipIf(!executable)('when the server says nothing any more', () => {
  const view = useBrowser();

  it('the page says so, and asks again', async () => {
    const console = await view.console();
    const page = await view.open(console, { locale: 'en-GB', at: 'api/lake' });
    await page.clock.install();
    await page.addInitScript(SILENT);
    await page.goto(console.url);
    await text(page, '#connection', /^Live$/);
    await page.clock.fastForward(10_000);
    expect(await page.locator('#connection').textContent()).toBe('Live');
    await page.clock.fastForward(10_000);
    await expect
      .poll(() => page.evaluate('opened.map(({ isClosed = false }) => isClosed)'))
      .toEqual([true, false]);
    await text(page, '#connection', /^Live$/);
  });

  it('an hour of sleep leaves nothing that is wrong', async () => {
    const console = await view.console();
    const at = Date.now() - 60_000;
    console.shown.alerts.push(alertOf('dev-1', 'firing', at));
    await console.putItem(stateItem('north', 'dev-1', at));
    console.read([['north', 'dev-1']], Date.now());
    const page = await view.open(console, { locale: 'en-GB', at: 'api/lake' });
    await page.clock.install();
    await page.goto(console.url);
    await text(page, '.incident-age', /^\d+ (s|min) ago$/);
    await page.clock.fastForward(3_600_000);
    await text(page, '#connection', /^Live$/);
    await text(page, '.incident-age', /^\d+ (s|min) ago$/);
  });
});
