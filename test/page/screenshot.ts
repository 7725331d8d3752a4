/**
 * `npm run screenshot`: takes the page as the README shows it, in light and dark, from a real run: docs/screenshot.png
 * and docs/screenshot-dark.png. With a folder as its argument, it takes every view and puts them there; with --of, only
 * those, of a page that runs already.
 */
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import type { Browser, Page } from 'playwright-core';
import { type Io, runAsProgram, runCommandLine } from '../../infra/cli/program.ts';
import { UserError } from '../../infra/cli/user-error.ts';
import { installedBrowser, launch, startSession } from './browser.ts';
import { takeEveryView } from './pictures.ts';

const DOCS = resolve(import.meta.dirname, '../../docs');
const MAX_BYTES = 300_000;
const WIDE = { width: 1280, height: 985 };
/** When the second incident is firing, and the first one is over. */
const STORY = [
  { device_id: 'dev-12', kind: 'drift', metric: 'temperature', seconds: 40, afterMs: 14_000 },
  { device_id: 'dev-8', kind: 'sustained', metric: 'temperature', seconds: 25, afterMs: 12_000 },
];

async function write(page: Page, path: string): Promise<void> {
  await page.evaluate('document.activeElement?.blur()');
  await page.mouse.move(5, 700);
  // Colours change when the next second is drawn.
  await page.waitForTimeout(1_500);
  await page.screenshot({ path, animations: 'disabled' });
  const { size } = statSync(path);
  if (size > MAX_BYTES) throw new Error(`${path} has ${size} bytes, more than ${MAX_BYTES}`);
  process.stderr.write(`${path}: ${Math.round(size / 1000)} kB\n`);
}

export const runScreenshot = (argv: string[], io: Io): Promise<number> =>
  runCommandLine(
    new Command('npm run screenshot --')
      .description('Takes the pictures of the page that the README shows, from a real run.')
      .usage('[folder] [--of URL] [--only VIEW]')
      .argument('[folder]', 'every view goes there: wide, on a phone, dark')
      .option('--of <url>', 'only those, of a page that runs already')
      .option(
        '--only <view>',
        'only this one (repeatable)',
        (one: string, all: string[]) => [...all, one],
        [],
      ),
    argv,
    io,
    takePictures,
  );

interface Flags {
  of?: string;
  only: string[];
}

async function takePictures(folder: string | undefined, { of, only }: Flags): Promise<void> {
  const executable = installedBrowser();
  if (!executable)
    throw new UserError('No Chromium here. Install it with: apt-get install chromium-headless-shell');
  if (of !== undefined && folder === undefined) throw new UserError('Expected a folder beside --of');
  const browser = await launch(executable);
  try {
    if (of !== undefined) await takeEveryView(browser, new URL('./', of).href, folder ?? '', only);
    else await takeForReadme(browser, folder, only);
  } finally {
    await browser.close();
  }
}

async function takeForReadme(browser: Browser, folder: string | undefined, only: string[]): Promise<void> {
  const session = await startSession(['--devices', '20', '--anomaly-rate', '0.01']);
  try {
    const context = await browser.newContext({ viewport: WIDE, locale: 'en-GB', colorScheme: 'light' });
    const page = await context.newPage();
    await page.goto(`${session.url}#/demo`);
    await page.locator('.incident', { hasText: 'dev-3' }).waitFor();
    for (const { afterMs, ...injection } of STORY) {
      await page.waitForTimeout(afterMs);
      await context.request.post(`${session.url}api/fleet`, { data: { type: 'inject', ...injection } });
    }
    await page.check('#truth');
    await page.locator('.incident[data-state=firing]', { hasText: 'dev-12' }).waitFor();
    await page.waitForTimeout(8_000);
    await write(page, join(DOCS, 'screenshot.png'));
    await page.emulateMedia({ colorScheme: 'dark' });
    await write(page, join(DOCS, 'screenshot-dark.png'));
    if (folder !== undefined) await takeEveryView(browser, session.url, folder, only);
  } finally {
    await session.stop();
  }
}

await runAsProgram(import.meta.url, runScreenshot);
