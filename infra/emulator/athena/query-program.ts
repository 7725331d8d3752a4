/** Starts `query-process.ts`, the program of a process that runs queries. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { madeOnce } from '../base/made-once.ts';

/** What Node.js is started with to run it, where somebody keeps it in one piece. */
export type QueryProgram = readonly string[];

const HERE = fileURLToPath(new URL('.', import.meta.url));
const ENGINE = createRequire(import.meta.url).resolve('@duckdb/node-api');
/** It comes by the standard input. */
const FROM_INPUT: QueryProgram = ['--input-type=module', '-'];

/**
 * In one piece, with all packages: their two hundred modules one by one would cost each process half a second. Only the
 * engine itself is native, and stays where it is.
 */
const bundle = madeOnce(async (): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [`${HERE}query-process.ts`],
    external: ['@duckdb/node-bindings'],
    banner: {
      js: `const require = (await import('node:module')).createRequire(${JSON.stringify(ENGINE)});`,
    },
    ...{ bundle: true, write: false, platform: 'node', format: 'esm', logLevel: 'silent' },
  });
  return outputFiles?.[0]?.text ?? '';
});

/** @param program by default, it is bundled, once for all processes of this one */
export function startQueryProgram(
  program: QueryProgram | undefined,
  onFailure: (error: Error) => void,
): ChildProcess {
  const child = spawn(process.execPath, program ?? FROM_INPUT, {
    cwd: HERE,
    stdio: ['pipe', 'ignore', 'ignore', 'ipc'],
  });
  // Its end is told by its exit.
  child.stdin?.on('error', () => undefined);
  if (program === undefined) bundle().then((text) => child.stdin?.end(text), onFailure);
  return child;
}
