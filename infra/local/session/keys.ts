/** Single keys in the terminal of `npm start`. */
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { DEFAULT_SEED, deviceId } from '../../../services/contract/fleet-ids.ts';
import type { Fleet } from '../console/fleet.ts';

export interface KeyInput {
  isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
  on(event: 'data', listener: (chunk: Buffer) => void): unknown;
  off(event: 'data', listener: (chunk: Buffer) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

export interface KeyOptions {
  /** Undefined where nobody can press a key. */
  input: KeyInput | undefined;
  url: string;
  fleet(): Fleet | undefined;
  say(text: string): void;
  open(url: string): void;
  /** Called for q and Ctrl-C. */
  quit(): void;
  /** 0 to below 1: selects the device for an injection. */
  random?(): number;
}

export const KEYS_HELP = [
  'o  open the page in the browser',
  'p  pause the fleet, or let it go on',
  'i  inject an anomaly into some device',
  'q  quit, as Ctrl-C does',
  '?  this list',
];

const INJECTION_SECONDS = 20;
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

/** @returns a function that restores the terminal */
export function startKeys(options: KeyOptions): () => void {
  const { input, say } = options;
  if (!input?.isTTY || !input.setRawMode) return () => {};

  async function sayResult(work: () => Promise<string>): Promise<void> {
    say(await work());
  }
  const actions: Record<string, () => unknown> = {
    '?': () => KEYS_HELP.forEach((line) => void say(line)),
    o: () => {
      options.open(options.url);
      say(`Opening ${options.url}`);
    },
    p: () => sayResult(() => togglePause(options.fleet())),
    i: () => sayResult(() => injectSomewhere(options.fleet(), (options.random ?? Math.random)())),
    q: options.quit,
    // In raw mode the terminal does not turn these into signals.
    [CTRL_C]: options.quit,
    [CTRL_D]: options.quit,
  };
  const onData = (chunk: Buffer) => {
    for (const key of chunk.toString()) actions[key]?.();
  };
  input.setRawMode(true);
  input.on('data', onData);
  input.resume();
  return () => {
    input.off('data', onData);
    input.setRawMode?.(false);
    input.pause();
  };
}

const NO_FLEET = 'No fleet runs here: it was started with --no-simulator.';

async function togglePause(fleet: Fleet | undefined): Promise<string> {
  if (!fleet) return NO_FLEET;
  const type = fleet.state().paused ? 'resume' : 'pause';
  const problem = await fleet.send({ type });
  return problem ?? (type === 'pause' ? 'The fleet is paused. p lets it go on.' : 'The fleet goes on.');
}

async function injectSomewhere(fleet: Fleet | undefined, random: number): Promise<string> {
  if (!fleet) return NO_FLEET;
  const device_id = deviceId(DEFAULT_SEED, Math.floor(random * fleet.state().devices));
  const command = { type: 'inject', device_id, kind: 'sustained', metric: 'temperature' } as const;
  const problem = await fleet.send({ ...command, seconds: INJECTION_SECONDS });
  return (
    problem ??
    `${device_id} runs hot for ${INJECTION_SECONDS} s. Its alert comes when the rule has seen enough.`
  );
}

/**
 * Whether this process is in the foreground. After `npm start &` it is not, and reading keys or changing the terminal's
 * mode would stop it (SIGTTIN, SIGTTOU).
 */
export function inForeground(): boolean {
  try {
    const [group, foreground] = processGroups();
    return group === foreground;
  } catch {
    return false;
  }
}

/** Our process group, and the terminal's foreground group. */
function processGroups(): [string | undefined, string | undefined] {
  if (process.platform === 'linux') {
    // The second field is the program's name in parentheses, which may contain anything.
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [fields[2], fields[5]];
  }
  const [group, foreground] = execFileSync('ps', ['-o', 'pgid=,tpgid=', '-p', String(process.pid)])
    .toString()
    .trim()
    .split(/\s+/);
  return [group, foreground];
}

/** Opens a page in the user's browser, if there is one. */
export function openInBrowser(url: string): void {
  const command = { darwin: 'open', win32: 'explorer' }[process.platform as string] ?? 'xdg-open';
  // Without a browser, the address is still on the screen.
  spawn(command, [url], { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref();
}
