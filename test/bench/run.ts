/**
 * `npm run bench [-- NAME…]`: every benchmark, or those named, one after the other, each in its own process. The tables
 * of a whole run also go to results.json, and with --keep those of the named.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { type Io, runAsProgram, runCommandLine } from '../../infra/cli/program.ts';
import { UserError } from '../../infra/cli/user-error.ts';
import { machine } from '../support/machine.ts';
import { RESULTS_VARIABLE } from './fresh.ts';

const BENCHMARKS = [
  'detector',
  'bundle',
  'simulator',
  'delivery',
  'compaction',
  'query',
  'gateway',
  'stream',
  'start',
];
const RESULTS = fileURLToPath(new URL('results.json', import.meta.url));

/** @returns the exit code: 0 done, 1 a benchmark failed, 2 misused */
export function runBench(argv: string[], io: Io): Promise<number> {
  const command = new Command('npm run bench --')
    .description(
      'Measures what the design has a budget for. A run of all keeps its tables in test/bench/results.json,\nfrom which npm run figures writes those of the README.',
    )
    .option('--keep', 'keep the tables of those that are named, too')
    .argument('[names...]', `some of ${BENCHMARKS.join(', ')} (default: all)`);
  return runCommandLine(command, argv, io, async (named: string[], { keep }: { keep?: true }) => {
    const unknown = named.filter((name) => !BENCHMARKS.includes(name));
    if (unknown.length > 0) {
      throw UserError.misuse(`Expected benchmarks of ${BENCHMARKS.join(', ')}, got ${unknown.join(', ')}`);
    }
    return named.length > 0 ? measure(named, keep && RESULTS) : measure(BENCHMARKS, RESULTS);
  });
}

/** @param kept file that keeps the tables, beside those of benchmarks that are not run now */
function measure(names: readonly string[], kept?: string): number {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const results: Record<string, unknown> =
    kept !== undefined && existsSync(kept) ? JSON.parse(readFileSync(kept, 'utf8')) : {};
  let exitCode = 0;
  for (const name of names) {
    const file = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
    const tables = join(folder, `${name}.ndjson`);
    const { status } = spawnSync(process.execPath, ['--import', 'tsx', file], {
      stdio: 'inherit',
      env: { ...process.env, [RESULTS_VARIABLE]: tables },
    });
    if (status !== 0) exitCode = 1;
    if (!existsSync(tables)) continue;
    const lines = readFileSync(tables, 'utf8').trim().split('\n');
    // Each table carries its own date and machine, because its neighbours may come from another run.
    results[name] = {
      at: new Date().toISOString(),
      machine: machine(),
      tables: lines.map((line) => JSON.parse(line)),
    };
  }
  if (kept !== undefined) writeFileSync(kept, `${JSON.stringify(results, undefined, 2)}\n`);
  rmSync(folder, { recursive: true, force: true });
  return exitCode;
}

await runAsProgram(import.meta.url, runBench);
