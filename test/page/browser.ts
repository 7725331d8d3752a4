/** Debian's Chromium, driven by playwright-core, and a whole `npm start` for it to show. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { program } from '../support/program-file.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** The shell first: the same engine without a browser around it, for two thirds of the processor time. */
const CHROMIUM = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'].map(
  (name) => `/usr/bin/${name}`,
);

/** Path of an installed browser; undefined if there is none. */
export const installedBrowser = (): string | undefined =>
  process.env.CHROMIUM_PATH ?? CHROMIUM.find((path) => existsSync(path));

/**
 * The address bar of a window, which nobody sees, is two web pages of its own: half of the processor time that a window
 * takes. Chromium obeys the last such list only, so those of Playwright's that matter here are repeated.
 */
const WITHOUT = [
  ...['WebUIOmniboxPopup', 'WebUIOmniboxFullPopup', 'WebUIOmniboxAimPopup'],
  ...['AvoidUnnecessaryBeforeUnloadCheckSync', 'DestroyProfileOnBrowserClose', 'PaintHolding', 'AimEnabled'],
  ...['HttpsUpgrades', 'HttpsFirstBalancedModeAutoEnable', 'MediaRouter', 'LensOverlay'],
  ...[
    'OptimizationHints',
    'NetworkTimeServiceQuerying',
    'PreconnectToSearch',
    'ThirdPartyStoragePartitioning',
  ],
];

/** One process for all pages, and none for a graphics card that nobody has: a site of its own needs no protection from itself. */
const FEWER_PROCESSES = [
  ...['--no-zygote', '--in-process-gpu'],
  ...['--renderer-process-limit=1', '--disable-site-isolation-trials'],
];

export const launch = (executablePath: string): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
      ...['--disable-background-networking', '--disable-component-update'],
      ...FEWER_PROCESSES,
      `--disable-features=${WITHOUT.join(',')}`,
    ],
  });

export interface Session {
  url: string;
  stateDir: string;
  /** Ends it as Ctrl-C does; resolves when it has ended. */
  stop(): Promise<void>;
}

/** `npm start` with these flags; resolves when it prints that it is ready. The state is removed unless it is given. */
export async function startSession(
  flags: string[],
  { stateDir, port = 0 }: { stateDir?: string; port?: number } = {},
): Promise<Session> {
  const dir = stateDir ?? mkdtempSync(join(tmpdir(), 'streamwatch-page-'));
  const args = [...program('infra/local/session/main.ts'), '--port', String(port), '--dir', dir, ...flags];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return {
    url: await ready(child),
    stateDir: dir,
    async stop() {
      if (child.exitCode === null) {
        const closed = new Promise((done) => child.once('close', done));
        child.kill('SIGINT');
        await closed;
      }
      if (stateDir === undefined) rmSync(dir, { recursive: true, force: true });
    },
  };
}

function ready(child: ChildProcess): Promise<string> {
  return new Promise((done, fail) => {
    let text = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const url = /Page\s+(http:\S+)/.exec(text)?.[1];
      if (url && text.includes('Ready.')) done(url);
    });
    child.once('close', (code) => fail(new Error(`npm start ended with ${code}:\n${text}`)));
  });
}
