/** A Node.js process that runs a function, together with everything that the function starts: how it begins and ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { guardGroup } from './process-guard.ts';

export interface ChildOptions {
  /** Path of the Node.js that runs it. */
  node: string;
  /** Its working directory. */
  codeDir: string;
  variables: Record<string, string>;
  memoryMb: number;
}

export interface NodeChild {
  process: ChildProcess;
  /** To and from `bootstrap.mjs`. */
  requests: Writable;
  answers: Readable;
  /** To all processes of its group. */
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
}

const BOOTSTRAP = fileURLToPath(new URL('./bootstrap.mjs', import.meta.url));
/** Windows has neither groups of processes nor signals that stop them. */
export const HAS_GROUPS = process.platform !== 'win32';
const noPipes = () => Array.from({ length: 5 }, () => new PassThrough());
/** How long the output of a process that has ended may be kept open by what it has started, in ms. */
const OUTPUT_LINGERS_MS = 500;

/** @param onOutput is called with what is written past the streams that `bootstrap.mjs` redirects */
export function startNode(options: ChildOptions, onOutput: (stream: 0 | 1, text: string) => void): NodeChild {
  const child = spawn(options.node, [...flagsFor(options.memoryMb), BOOTSTRAP], {
    // As leader of a group, so that what the function starts is stopped and ended with it.
    ...{ cwd: options.codeDir, env: options.variables, detached: HAS_GROUPS },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
  });
  const { pid } = child;
  const signal: NodeChild['signal'] = (name) => {
    try {
      if (pid !== undefined) process.kill(HAS_GROUPS ? -pid : pid, name);
    } catch {
      // All of it has ended.
    }
  };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => onOutput(0, text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => onOutput(1, text));
  const release = pid !== undefined && HAS_GROUPS ? guardGroup(pid) : undefined;
  child.once('exit', () => {
    signal('SIGKILL');
    release?.();
    letGoOfOutput(child);
  });
  // Without file descriptors there are no pipes either, and the process' error comes next.
  const [, , , requests, answers] = (child.stdio ?? noPipes()) as [
    null,
    Readable,
    Readable,
    Writable,
    Readable,
  ];
  // A process that has ended is noticed by its end.
  requests.on('error', () => undefined);
  return { process: child, requests, answers, signal };
}

/** What has left the group may hold it open. */
function letGoOfOutput(child: ChildProcess): void {
  const timer = setTimeout(() => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, OUTPUT_LINGERS_MS);
  child.once('close', () => clearTimeout(timer));
}

/** Those of Lambda's own bootstrap. */
function flagsFor(memoryMb: number): string[] {
  const newSpace = Math.floor(memoryMb / 10);
  return [
    ...['--expose-gc', '--max-http-header-size=81920'],
    `--max-semi-space-size=${Math.floor(newSpace / 2)}`,
    `--max-old-space-size=${memoryMb - newSpace}`,
  ];
}
