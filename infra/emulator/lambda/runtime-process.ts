/** The process of an execution environment, and the answers it gives. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../base/clock.ts';
import {
  type Answer,
  type EnvironmentEnd,
  exited,
  type FailedAnswer,
  KILLED,
  outOfMemory,
} from './answer.ts';
import { type Message, messageReader, type RequestHead, sendRequest } from './frames.ts';
import { watchMemory } from './memory-watch.ts';
import { guardGroup } from './process-guard.ts';

export interface ProcessOptions {
  /** Path of the Node.js that runs it. */
  node: string;
  /** Its working directory. */
  codeDir: string;
  variables: Record<string, string>;
  memoryMb: number;
  clock: Clock;
  /** Called with each line that the function writes. */
  onLine(line: string): void;
}

export interface RuntimeProcess {
  /** False when the process has ended, or is about to. */
  readonly alive: boolean;
  /** Resolves when it has ended. */
  readonly ended: Promise<unknown>;
  post(head: RequestHead, payload: string): void;
  /** The process' next answer, or the failure with which it ends; after `timeoutMs` it is ended with `timedOut`. */
  answer(timeoutMs: number, timedOut: FailedAnswer): Promise<Answer>;
  /** Lets nothing in it progress until the next `post`. */
  freeze(): void;
  kill(how?: EnvironmentEnd): Promise<void>;
}

const BOOTSTRAP = fileURLToPath(new URL('./bootstrap.mjs', import.meta.url));
/** Windows has neither groups of processes nor signals that stop them. */
const HAS_GROUPS = process.platform !== 'win32';
const MEGABYTE = 2 ** 20;
/** How long the output of a process that has ended may be kept open by what it has started, in ms. */
const OUTPUT_LINGERS_MS = 500;
const HEAP_IS_FULL = 'JavaScript heap out of memory';

export function startProcess({ clock, ...options }: ProcessOptions): RuntimeProcess {
  const limitBytes = options.memoryMb * MEGABYTE;
  const child = startNode(options);
  const signal = signalsTo(child);
  let alive = true;
  let frozen = false;
  let heapIsFull = false;
  /** Why the process ends, when that is known beforehand. */
  let reason: FailedAnswer | undefined;
  /** Set when the process has ended. */
  let end: FailedAnswer | undefined;
  let settle: ((answer: Answer) => void) | undefined;

  function endWith(failure: FailedAnswer): void {
    alive = false;
    reason ??= failure;
    signal('SIGKILL');
  }

  const lines = [0, 1, 2].map(() => lineSplitter(options.onLine));
  const [logged, ...raw] = lines;
  readOutput(child, (index, text) => {
    heapIsFull ||= text.includes(HEAP_IS_FULL);
    raw[index]?.add(text);
  });

  function receive(message: Message): void {
    if (message.type === 'log') logged?.add(message.text);
    else if (message.type === 'ready') settle?.({ payload: '' });
    else if (message.memoryBytes > limitBytes) endWith(outOfMemory(limitBytes));
    else if (message.type === 'result') settle?.(message);
    else if (message.type === 'crash') {
      alive = false;
      reason ??= { ...message, status: 'crashed' };
    } else settle?.({ ...message, status: 'error' });
  }
  child.stdio[4]?.on('data', messageReader(receive));

  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      reason ??= { ...KILLED.crashed, errorMessage: `The runtime could not be started: ${error.message}` };
    });
    child.once('close', (code, signalName) => {
      alive = false;
      for (const line of lines) line.end();
      end = reason ?? exited(code, signalName, heapIsFull);
      settle?.(end);
      resolve();
    });
  });

  return {
    ended,
    get alive() {
      return alive;
    },
    post(head, payload) {
      if (frozen) signal('SIGCONT');
      frozen = false;
      sendRequest(child.stdio[3] as Writable, head, payload);
    },
    answer(timeoutMs, timedOut) {
      if (end) return Promise.resolve(end);
      return new Promise((resolve) => {
        const timer = clock.after(timeoutMs, () => endWith(timedOut));
        const stopWatching = watchMemory(child.pid, limitBytes, () => endWith(outOfMemory(limitBytes)));
        settle = (value) => {
          timer.cancel();
          stopWatching();
          settle = undefined;
          resolve(value);
        };
      });
    },
    freeze() {
      if (!alive || !HAS_GROUPS) return;
      frozen = true;
      signal('SIGSTOP');
    },
    async kill(how = 'crashed') {
      endWith(KILLED[how]);
      await ended;
    },
  };
}

/** As leader of a group, so that what the function starts is stopped and ended with it. */
function startNode({ node, codeDir, variables, memoryMb }: Omit<ProcessOptions, 'clock'>): ChildProcess {
  const child = spawn(node, [...flagsFor(memoryMb), BOOTSTRAP], {
    ...{ cwd: codeDir, env: variables, detached: HAS_GROUPS },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
  });
  // A process that has ended is noticed by its end.
  child.stdio[3]?.on('error', () => undefined);
  if (child.pid !== undefined && HAS_GROUPS) child.once('exit', guardGroup(child.pid));
  return child;
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

function signalsTo({ pid }: ChildProcess): (name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT') => void {
  return (name) => {
    try {
      if (pid !== undefined) process.kill(HAS_GROUPS ? -pid : pid, name);
    } catch {
      // It has ended.
    }
  };
}

/** What the function, or what it has started, writes past the redirected streams. */
function readOutput(child: ChildProcess, onText: (index: number, text: string) => void): void {
  const streams = [child.stdout, child.stderr];
  for (const [index, stream] of streams.entries()) {
    stream?.setEncoding('utf8').on('data', (text: string) => onText(index, text));
  }
  child.once('exit', () => {
    // What the function has started is not left behind.
    signalsTo(child)('SIGKILL');
    const timer = setTimeout(() => {
      for (const stream of streams) stream?.destroy();
    }, OUTPUT_LINGERS_MS);
    child.once('close', () => clearTimeout(timer));
  });
}

function lineSplitter(onLine: (line: string) => void) {
  let rest = '';
  return {
    add(text: string): void {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    },
    end(): void {
      if (rest !== '') onLine(rest);
      rest = '';
    },
  };
}
