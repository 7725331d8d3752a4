/** The pipeline in its own process, as `npm start` runs it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { readOutputs, type StackOutputs } from '../../infra/cli/outputs.ts';
import { programAt } from '../../infra/cli/run/program-at.ts';
import { freePort } from './free-port.ts';

export interface PipelineProcess {
  readonly port: number;
  readonly pid: number;
  readonly outputs: StackOutputs;
  /** Ends it in the middle of everything; resolves when it is gone. */
  kill(): Promise<void>;
  /** Rejects with its last words when it ends by itself. */
  readonly ended: Promise<never>;
  /** Lets it drain and end. @throws Error with its last words when it did not end well */
  stop(): Promise<void>;
}

const PROJECT = resolve(import.meta.dirname, '../..');
const PROGRAM = programAt(PROJECT, 'infra/local/session/main.ts');
const STOP_MS = 60_000;

export interface ProcessOptions {
  dir: string;
  assembly: string;
  /** Its old port when it is started again, because its clients know no other. */
  port: number | undefined;
  /** Modules that it loads first. */
  preload: readonly string[];
}

export async function startProcess(options: ProcessOptions): Promise<PipelineProcess> {
  const { dir, assembly, preload, port = await freePort() } = options;
  const flags = [
    '--no-simulator',
    '--port',
    String(port),
    '--dir',
    dir,
    '--app',
    assembly,
    '--no-shard-limits',
  ];
  const modules = preload.flatMap((module) => ['--import', module]);
  const child = spawn(process.execPath, [...modules, ...PROGRAM, ...flags], {
    cwd: PROJECT,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit');
  const words = await untilReady(child, exited);
  let isWanted = false;
  const ended = exited.then(([code, signal]) => {
    if (isWanted) return new Promise<never>(() => {});
    throw new Error(`The pipeline ended by itself, with ${code ?? signal}: ${words()}`);
  });
  ended.catch(() => undefined);
  return {
    ended,
    port,
    pid: child.pid ?? 0,
    outputs: readOutputs({ local: true, dir }),
    async kill() {
      isWanted = true;
      child.kill('SIGKILL');
      await exited;
    },
    async stop() {
      isWanted = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGINT');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      const [code] = await exited;
      clearTimeout(timer);
      if (code !== 0) throw new Error(`The pipeline ended with exit code ${code}: ${words()}`);
    },
  };
}

/** Resolves when it prints that; gives the last part of what it has printed so far. */
async function untilReady(child: ChildProcess, exited: Promise<unknown[]>): Promise<() => string> {
  let said = '';
  const ready = new Promise<void>((resolve) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-10_000);
      if (said.includes('\nReady.')) resolve();
    });
  });
  const ended = exited.then(([code]) => {
    throw new Error(`The pipeline ended with exit code ${code} before it was ready: ${said}`);
  });
  await Promise.race([ready, ended]);
  ended.catch(() => undefined);
  return () => said;
}
