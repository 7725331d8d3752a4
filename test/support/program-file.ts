/** Programs that tests start, made once for all of them: each run of its sources would take a second of the processor. */
import { resolve } from 'node:path';
import { bundleProgram } from '../../infra/cli/run/bundle.ts';
import { keepProgram, keptProgram } from '../../infra/cli/run/kept.mjs';
import { programAt } from '../../infra/cli/run/program-at.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PROGRAMS = [
  'simulator/cli/cli.ts',
  'infra/local/session/main.ts',
  'test/infra/emulator/athena/iceberg/support/child.ts',
  'test/infra/emulator/athena/support/host.ts',
] as const;

/** What Node.js is started with to run one of them. */
export const program = (name: (typeof PROGRAMS)[number]): string[] => programAt(ROOT, name);

/** Before all tests: two that start the same program at once would both make it. */
export async function keepPrograms(): Promise<void> {
  await Promise.all(PROGRAMS.map((name) => keepOnce(resolve(ROOT, name))));
}

async function keepOnce(source: string): Promise<void> {
  if (keptProgram(source) !== undefined) return;
  const sinceMs = Date.now();
  keepProgram(source, await bundleProgram(source), sinceMs);
}
