/** Backtests in processes of their own, which give way to what runs: the program that a person types. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type BacktestProgress,
  type BacktestResult,
  backtestProgressSchema,
  backtestResultSchema,
} from '../../../cli/backtest-result.ts';
import { programAt } from '../../../cli/run/program-at.ts';
import { giveWay } from '../../../emulator/base/give-way.ts';

export interface BacktestRequest {
  /** As JSON. */
  candidate: string;
  inForce: string;
  /** Such as `1d`. */
  since: string;
}

export interface RunningBacktest {
  /** Rejects with a sentence for a person. */
  result: Promise<BacktestResult>;
  stop(): void;
}

export type StartBacktest = (
  request: BacktestRequest,
  onProgress: (progress: BacktestProgress) => void,
) => RunningBacktest;

const PROGRAM = 'infra/commands/backtest/backtest.ts';
/** A replay does not hear that it should stop. */
const GRACE_MS = 1_000;

/**
 * @param project folder of this checkout
 * @param flags with which commands find the stack
 */
export const createBacktests =
  (
    project: string,
    flags: readonly string[],
    program: readonly string[] = programAt(project, PROGRAM),
  ): StartBacktest =>
  ({ candidate, inForce, since }, onProgress) => {
    const folder = mkdtempSync(join(tmpdir(), 'streamwatch-rules-'));
    const [rules, against] = [join(folder, 'edited.json'), join(folder, 'in-force.json')];
    writeFileSync(rules, candidate);
    writeFileSync(against, inForce);
    const child = spawn(
      process.execPath,
      [...program, '--rules', rules, '--against', against, '--since', since, '--json', ...flags],
      { cwd: project, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
    );
    giveWay(child.pid);
    child.on('message', (message) => {
      const { data } = backtestProgressSchema.safeParse(message);
      if (data) onProgress(data);
    });
    let timer: NodeJS.Timeout | undefined;
    return {
      result: resultOf(child).finally(() => {
        clearTimeout(timer);
        rmSync(folder, { recursive: true, force: true });
      }),
      stop() {
        child.kill('SIGINT');
        timer ??= setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
      },
    };
  };

function resultOf(child: ChildProcess): Promise<BacktestResult> {
  const output: Buffer[] = [];
  let errors = '';
  child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-2_000);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve(backtestResultSchema.parse(JSON.parse(Buffer.concat(output).toString())));
      else
        reject(
          new Error(errors.trim().replace(/^error: /, '') || `The backtest ended with ${signal ?? code}`),
        );
    });
  });
}
