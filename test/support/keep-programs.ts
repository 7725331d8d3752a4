/** Makes the programs that tests start. Not beside their names: programs among them import those. */
import { resolve } from 'node:path';
import { bundleProgram } from '../../infra/cli/run/bundle.ts';
import { keepProgram, keptProgram } from '../../infra/cli/run/kept.mjs';
import { PROGRAMS } from './program-file.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** Before all tests: two that start the same program at once would both make it. */
export async function keepPrograms(): Promise<void> {
  await Promise.all(PROGRAMS.map((name) => keepOnce(resolve(ROOT, name))));
}

async function keepOnce(source: string): Promise<void> {
  if (keptProgram(source) !== undefined) return;
  const sinceMs = Date.now();
  keepProgram(source, await bundleProgram(source), sinceMs);
}
