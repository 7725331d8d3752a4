/** From `npm start` on an installed, synthesized checkout to the first e-mail in the inbox. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { programAt } from '../../infra/cli/run/program-at.ts';
import { synthesizeIfNeeded } from '../../infra/cli/synth.ts';
import { printTable } from './fresh.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const PROGRAM = programAt(PROJECT, 'infra/local/session/main.ts');
const BUDGET_SECONDS = 10;

interface Times {
  ready: number;
  mail: number;
}

/** Seconds until it says so. */
async function start(): Promise<Times> {
  const dir = mkdtempSync(join(tmpdir(), 'start-bench-'));
  const startMs = performance.now();
  // The command behind `npm start`; npm itself would not pass on the signal that ends it.
  const args = [...PROGRAM, '--port', '0', '--dir', dir];
  const child = spawn(process.execPath, args, { cwd: PROJECT, stdio: ['ignore', 'ignore', 'pipe'] });
  const times: Partial<Times> = {};
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    const seconds = (performance.now() - startMs) / 1000;
    if (said.includes('\nReady.')) times.ready ??= seconds;
    if (!/ e-mail {2,}FIRING/.test(said) || times.mail !== undefined) return;
    times.mail = seconds;
    child.kill('SIGINT');
  });
  await once(child, 'close');
  rmSync(dir, { recursive: true, force: true });
  const { ready, mail } = times;
  if (ready === undefined || mail === undefined) throw new Error(`No e-mail came: ${said}`);
  return { ready, mail };
}

await synthesizeIfNeeded(PROJECT, () => {});
const rounds: Times[] = [];
for (let round = 0; round < Number(process.argv[2] ?? 5); round += 1) rounds.push(await start());
printTable('npm start', 'seconds', [
  { name: 'until it is ready', values: rounds.map(({ ready }) => ready) },
  { name: 'until the first e-mail', values: rounds.map(({ mail }) => mail), budget: `≤ ${BUDGET_SECONDS}` },
]);
