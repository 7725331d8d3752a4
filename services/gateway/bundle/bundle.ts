/** `npm run bundle-gateway`: the gateway as one file, which needs only Node.js. */
import { chmod, rm, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { build } from 'esbuild';
import { type Io, runAsProgram, runCommandLine } from '../../../infra/cli/program.ts';
import { embedNative } from './native.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const DEFAULT_FILE = 'gateway.mjs';

/** With which Node.js should run it: by its defaults it lets garbage grow to twice the memory. */
export const NODE_FLAGS = ['--max-old-space-size=64', '--max-semi-space-size=1'] as const;

/** What esbuild's ES modules lack, and packages in the older form expect. */
const REQUIRE = `#!/usr/bin/env -S node ${NODE_FLAGS.join(' ')}\nimport { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;

export async function bundleGateway(outfile: string): Promise<void> {
  await build({
    entryPoints: [MAIN],
    outfile,
    ...{
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      minify: true,
      legalComments: 'none',
    },
    loader: { '.node': 'binary' },
    banner: { js: REQUIRE },
    plugins: [embedNative],
    logLevel: 'error',
  });
  await chmod(outfile, 0o755);
}

/** @returns the exit code: 0 written, 1 not, 2 misused */
export function runBundle(argv: string[], io: Io): Promise<number> {
  const command = new Command('npm run bundle-gateway --')
    .usage('[FILE]')
    .description('Writes the gateway as one file, which runs on Linux with Node.js 20 or newer.')
    .argument('[file]', 'file to write', DEFAULT_FILE);
  return runCommandLine(command, argv, io, async (file: string) => {
    await rm(file, { force: true });
    await bundleGateway(file);
    io.stdout(`${file}: ${((await stat(file)).size / 2 ** 20).toFixed(1)} MB\n`);
  });
}

await runAsProgram(import.meta.url, runBundle);
