/**
 * npm run bench [-- NAME…]: every benchmark, or those named, one after the other, each in its own process. Their tables
 * also go to results.json, where the tables of benchmarks that were not run stay as they are.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RESULTS_VARIABLE } from './fresh.ts';

const BENCHMARKS = ['detector', 'bundle', 'simulator', 'delivery', 'compaction', 'query', 'start'];
const RESULTS = fileURLToPath(new URL('results.json', import.meta.url));

const named = process.argv.slice(2);
const unknown = named.filter((name) => !BENCHMARKS.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`Expected benchmarks of ${BENCHMARKS.join(', ')}, got ${unknown.join(', ')}\n`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const results: Record<string, unknown> = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')) : {};
for (const name of named.length > 0 ? named : BENCHMARKS) {
  const file = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  const tables = join(folder, `${name}.ndjson`);
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', file], {
    stdio: 'inherit',
    env: { ...process.env, [RESULTS_VARIABLE]: tables },
  });
  if (status !== 0) process.exitCode = 1;
  if (!existsSync(tables)) continue;
  const lines = readFileSync(tables, 'utf8').trim().split('\n');
  // Each table carries its own date and machine, because its neighbours may come from another run.
  results[name] = {
    at: new Date().toISOString(),
    machine: machine(),
    tables: lines.map((line) => JSON.parse(line)),
  };
  writeFileSync(RESULTS, `${JSON.stringify(results, undefined, 2)}\n`);
}
rmSync(folder, { recursive: true, force: true });

function machine(): string {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  return `${cpus().length} × ${cpus()[0]?.model.trim()}, ${memory}, Node ${process.version}`;
}
