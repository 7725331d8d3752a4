/**
 * Programs of ours, each in one file: from its sources, a program takes half a second to a second of processor time to
 * start, and the tests start dozens. The sources themselves are started by the tests of the scripts in package.json.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

const ROOT = resolve(import.meta.dirname, '../..');
const PROGRAMS = [
  'simulator/cli/cli.ts',
  'infra/local/session/main.ts',
  'test/infra/emulator/athena/iceberg/support/child.ts',
  'test/infra/emulator/athena/support/host.ts',
] as const;
export type Program = (typeof PROGRAMS)[number];

/** Native, or in search of files beside them. */
const NOT_BUNDLED = [
  ...['@duckdb/*', 'classic-level', 'dynalite', 'esbuild', 'jq-wasm'],
  ...['aws-cdk-lib', 'constructs'],
];

const PLACE = { dirname: 'own_dirname', filename: 'own_filename', url: 'own_url' };

/** What a module says of its own place stays true; but the first one is asked whether Node was started with it. */
const keepPlaces = (program: string, outfile: string): Plugin => ({
  name: 'keep-places',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const url = pathToFileURL(path === program ? outfile : path).href;
      const place = Object.entries({ dirname: dirname(path), filename: path, url })
        .map(([name, value]) => `${PLACE[name as keyof typeof PLACE]} = ${JSON.stringify(value)}`)
        .join(', ');
      return { contents: `const ${place};${readFileSync(path, 'utf8')}`, loader: 'ts' };
    });
  },
});

/** @returns the folder, in which {@link programFile} finds them, and how to remove it */
export async function bundlePrograms(): Promise<{ folder: string; remove(): void }> {
  // In the project, so that the packages that are not bundled are found.
  const cache = join(ROOT, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'programs-'));
  await Promise.all(PROGRAMS.map((program) => bundle(join(ROOT, program), programFile(folder, program))));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** @param program its path, in a project where `outfile` finds the packages */
export const bundle = (program: string, outfile: string) =>
  build({
    entryPoints: [program],
    outfile,
    external: NOT_BUNDLED,
    plugins: [keepPlaces(program, outfile)],
    define: Object.fromEntries(Object.entries(PLACE).map(([name, own]) => [`import.meta.${name}`, own])),
    // For packages in CommonJS.
    banner: { js: "const require = (await import('node:module')).createRequire(import.meta.url);" },
    // Another test may be changing the file of that name.
    tsconfigRaw: '{}',
    ...{ bundle: true, platform: 'node', format: 'esm', logLevel: 'silent' },
  });

export const programFile = (folder: string, program: Program): string =>
  join(folder, `${program.replaceAll('/', '-').replace(/\.ts$/, '')}.mjs`);
