/** A fleet in its own process, and what the pipeline's process reports about itself meanwhile. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { programAt } from '../../../infra/cli/run/program-at.ts';
import { filesBelow } from '../ledger/lake.ts';
import type { Stage } from '../stage.ts';

const SIMULATOR = programAt(resolve(import.meta.dirname, '../../..'), 'simulator/cli/cli.ts');

const report = z.object({ acked: z.number(), readingsPerSecond: z.number(), maxLagMs: z.number() });
export type SimulatorReport = z.infer<typeof report>;

/**
 * Runs the simulator to its end; what it sent is added to the stage's send log.
 * @param signal ends it
 */
export async function simulate(
  { stateDir, sendLog }: Stage,
  flags: readonly string[],
  signal?: AbortSignal,
): Promise<SimulatorReport> {
  const ownLog = `${sendLog}.${Date.now()}`;
  const where = ['--local', '--dir', stateDir, '--json', '--send-log', ownLog];
  const args = [...SIMULATOR, ...where, ...flags];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [said, complained] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    complained = (complained + chunk.toString()).slice(-2_000);
  });
  const end = () => void child.kill();
  signal?.addEventListener('abort', end);
  const [code] = await once(child, 'close');
  signal?.removeEventListener('abort', end);
  if (code !== 0) throw new Error(`The simulator ended with exit code ${code}: ${complained}`);
  appendFileSync(sendLog, readFileSync(ownLog));
  return report.parse(JSON.parse(said));
}

const metric = z.object({ BatchAge: z.number(), _aws: z.object({ Timestamp: z.number() }) });

/** Ages of the oldest record of each batch since a given time, from the detector's own metric, in ms. */
export function batchAges(stateDir: string, sinceMs: number): { atMs: number; ageMs: number }[] {
  return filesBelow(join(stateDir, 'logs')).flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.includes('"BatchAge"'))
      .flatMap((line) => {
        const { BatchAge: ageMs, _aws } = metric.parse(JSON.parse(line));
        return _aws.Timestamp >= sinceMs ? [{ atMs: _aws.Timestamp, ageMs }] : [];
      }),
  );
}

/** Resident memory of a process, in MB. */
export function residentMb(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

export const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ??
  Number.NaN;
