/**
 * `npm run screenshot`: takes the page as the README shows it, in light and dark, from a real run: docs/screenshot.png
 * and docs/screenshot-dark.png. With a folder as its argument, it takes further views and puts them there.
 */
import { mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import type { Page } from 'playwright-core';
import { type Io, runAsProgram, runCommandLine } from '../../infra/cli/program.ts';
import { UserError } from '../../infra/cli/user-error.ts';
import { installedBrowser, launch, startSession } from './browser.ts';

const DOCS = resolve(import.meta.dirname, '../../docs');
const MAX_BYTES = 300_000;
const WIDE = { width: 1280, height: 985 };
/** When the second incident is firing, and the first one is over. */
const STORY = [
  { device_id: 'dev-12', kind: 'drift', metric: 'temperature', seconds: 40, afterMs: 14_000 },
  { device_id: 'dev-8', kind: 'sustained', metric: 'temperature', seconds: 25, afterMs: 12_000 },
];

const SIZES = [
  ['wide', WIDE],
  ['narrow', { width: 390, height: 844 }],
] as const;
const VIEWS = [
  ['incidents', '#/incidents'],
  ['fleet', '#/fleet?last=15m'],
  ['rules', '#/rules'],
  ['query', '#/queries/fleet-now'],
  ['silences', '#/silences'],
  ['pipeline', '#/pipeline'],
] as const;

async function write(page: Page, path: string, options: { fullPage?: boolean } = {}): Promise<void> {
  await page.evaluate('document.activeElement?.blur()');
  await page.mouse.move(5, 700);
  // Colours change when the next second is drawn.
  await page.waitForTimeout(1_500);
  await page.screenshot({ path, animations: 'disabled', ...options });
  const { size } = statSync(path);
  if (size > MAX_BYTES && !options.fullPage)
    throw new Error(`${path} has ${size} bytes, more than ${MAX_BYTES}`);
  process.stderr.write(`${path}: ${Math.round(size / 1000)} kB\n`);
}

export const runScreenshot = (argv: string[], io: Io): Promise<number> =>
  runCommandLine(
    new Command('npm run screenshot --')
      .description('Takes the pictures of the page that the README shows, from a real run.')
      .argument('[folder]', 'further views go there'),
    argv,
    io,
    (folder: string | undefined) => takePictures(folder),
  );

async function takePictures(further: string | undefined): Promise<void> {
  const executable = installedBrowser();
  if (!executable) throw new UserError('No Chromium here. Install it with: apt-get install chromium');
  const session = await startSession(['--devices', '20', '--anomaly-rate', '0.01']);
  const browser = await launch(executable);
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
    await page.emulateMedia({ colorScheme: 'light' });
    if (further !== undefined) await furtherViews(page, further);
  } finally {
    await browser.close();
    await session.stop();
  }
}

async function furtherViews(page: Page, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await page.locator('.incident a').first().click();
  await page.locator('#incident-charts canvas').first().waitFor();
  await write(page, join(folder, 'incident.png'), { fullPage: true });
  await page.locator('#incident .fields a').first().click();
  await page.locator('#device-charts canvas').first().waitFor();
  await write(page, join(folder, 'device.png'), { fullPage: true });
  const base = page.url().split('#')[0];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const [name, view] of VIEWS) {
      for (const [size, viewport] of SIZES) {
        await page.setViewportSize(viewport);
        await page.goto(`${base}${view}`);
        await write(page, join(folder, `${name}-${size}-${colorScheme}.png`), { fullPage: true });
      }
    }
  }
}

await runAsProgram(import.meta.url, runScreenshot);
