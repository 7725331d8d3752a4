import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { StackOutputs } from '../../../infra/cli/outputs.ts';
import { STACK_NAME } from '../../../services/contract/stack.ts';
import { checkOptions, type SimulationOptions } from '../../../simulator/cli/check-options.ts';
import { simulateCommand } from '../../../simulator/cli/options.ts';
import { program } from '../../support/program-file.ts';

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  child: ChildProcessByStdio<null, Readable, Readable>;
  readonly stderr: string;
  finished: Promise<Finished>;
}

/**
 * Starts the simulator in its own process.
 * @param redirect as a shell has it, such as `> /dev/full`
 */
export const start = (args: readonly string[], redirect = ''): Running =>
  startCommand([process.execPath, ...program('simulator/cli/cli.ts'), ...args], redirect);

export function startCommand(command: readonly string[], redirect = ''): Running {
  const child = spawn('sh', ['-c', `exec "$@" ${redirect}`, 'sh', ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk;
  });
  return {
    child,
    get stderr() {
      return output.stderr;
    },
    finished: once(child, 'close').then(([code]) => ({ code, ...output })),
  };
}

/** Options of a command line. @throws CommanderError, UserError */
export function parseOptions(args: readonly string[]): SimulationOptions {
  const command = simulateCommand().exitOverride().parse(args, { from: 'user' });
  return checkOptions(command.opts(), command);
}

export const simulate = (...args: string[]): Promise<Finished> => start(args).finished;

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'streamwatch-simulator-'));

/** A folder with outputs as the local runtime writes them, for `--local --dir`. */
export function stateFolder(outputs: StackOutputs): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'outputs.json'), JSON.stringify({ [STACK_NAME]: outputs }));
  return folder;
}
