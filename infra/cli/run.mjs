// @ts-check
/**
 * Runs a program of ours in one piece, which is made when its sources have changed: `node infra/cli/run.mjs PROGRAM …`.
 * From its sources (`node --import tsx PROGRAM …`) it does the same, but takes three to six times the processor time to start:
 * each of its hundreds of modules is then found, translated and loaded by itself.
 */
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { keepProgram, keptProgram } from './run/kept.mjs';
import { mapStacks } from './run/stacks.mjs';

const program = resolve(process.argv[2] ?? '');
process.argv.splice(1, 2, program);

const folder = keptProgram(program) ?? (await bundleAndKeep());
if (folder === undefined) await runSources();
else {
  mapStacks(folder);
  await import(pathToFileURL(join(folder, 'main.mjs')).href);
}

/** Undefined where nothing can be written, or for sources with a mistake, or that are being changed. */
async function bundleAndKeep() {
  try {
    const { tsImport } = await import('tsx/esm/api');
    const { bundleProgram } = await tsImport('./run/bundle.ts', import.meta.url);
    const sinceMs = Date.now();
    return keepProgram(program, await bundleProgram(program), sinceMs);
  } catch {
    return undefined;
  }
}

/** It also says where they have a mistake. */
async function runSources() {
  const { register } = await import('tsx/esm/api');
  register();
  await import(pathToFileURL(program).href);
}
