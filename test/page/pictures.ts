/** Pictures of every view of a page that runs: wide, on a phone, dark. For people to look at; nothing compares them. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { everyView, openView, type View } from './support/every-view.ts';

interface Size {
  name: string;
  width: number;
  height: number;
  colorScheme: 'light' | 'dark';
}

const SIZES: Size[] = [
  { name: 'wide', width: 1440, height: 900, colorScheme: 'light' },
  { name: 'wide-dark', width: 1440, height: 900, colorScheme: 'dark' },
  { name: 'phone', width: 390, height: 844, colorScheme: 'light' },
  { name: 'small-dark', width: 320, height: 640, colorScheme: 'dark' },
  { name: 'huge', width: 2560, height: 1440, colorScheme: 'light' },
];
/** A window may be as long as this; what is below is of the same kind. */
const MAX_HEIGHT = 3_000;
/** Charts come after the words around them. */
const SETTLED_MS = 700;

/** @param only names of views; all where there are none */
export async function takeEveryView(
  browser: Browser,
  url: string,
  folder: string,
  only: readonly string[],
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const views = (await everyView(url)).filter(({ name }) => only.length === 0 || only.includes(name));
  for (const { name: size, width, height, colorScheme } of SIZES) {
    const context = await browser.newContext({ viewport: { width, height }, locale: 'en-GB', colorScheme });
    const page = await context.newPage();
    for (const view of views) await take(page, url, view, join(folder, `${view.name}-${size}.png`));
    await context.close();
  }
}

async function take(page: Page, url: string, view: View, path: string): Promise<void> {
  await openView(page, url, view).catch((error: unknown) => {
    process.stderr.write(`${path}: not all of it is there: ${(error as Error).message.split('\n')[0]}\n`);
  });
  await page.waitForTimeout(SETTLED_MS);
  const { scrollWidth, height } = await page.evaluate<{ scrollWidth: number; height: number }>(
    '({ scrollWidth: document.documentElement.scrollWidth, height: document.documentElement.scrollHeight })',
  );
  const { width = 0 } = page.viewportSize() ?? {};
  const clip = { x: 0, y: 0, width, height: Math.min(height, MAX_HEIGHT) };
  await page.screenshot({ path, animations: 'disabled', fullPage: true, clip });
  const tooWide = scrollWidth > width ? `, ${scrollWidth} px wide in a window of ${width}` : '';
  process.stderr.write(`${path}${tooWide}\n`);
}
