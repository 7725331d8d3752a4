/**
 * Programs of ours, each in one file: from its sources, a program takes half a second to a second of processor time to
 * start, and the tests start dozens. The sources themselves are started by the tests of the scripts in package.json.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
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

/** Everything that they are made of. */
const INPUTS = [
  ...['infra', 'services', 'simulator', 'test/infra/emulator'],
  ...['package.json', 'package-lock.json', 'test/support/bundle-programs.ts'],
];
const IS_INPUT = /\.(?:ts|json|js|mjs)$/;
const KEPT_MS = 86_400_000;

/** Those of an earlier run, if nothing has changed. Returns the folder, in which {@link programFile} finds them. */
export async function bundlePrograms(): Promise<string> {
  // In the project, so that the packages that are not bundled are found.
  const cache = join(ROOT, 'node_modules/.cache');
  const folder = join(cache, `programs-${digestInputs()}`);
  mkdirSync(folder, { recursive: true });
  removeOld(cache, folder);
  await Promise.all(PROGRAMS.map((program) => bundleOnce(program, programFile(folder, program))));
  return folder;
}

/** Written beside its place and then moved: another run may be starting it. */
async function bundleOnce(program: Program, outfile: string): Promise<void> {
  if (existsSync(outfile)) return;
  const unfinished = `${outfile}.${process.pid}`;
  const { metafile } = await bundle(join(ROOT, program), unfinished, outfile);
  refuseUnknown(Object.keys(metafile.inputs));
  renameSync(unfinished, outfile);
}

/** @throws Error for a source whose changes would go unnoticed */
function refuseUnknown(sources: readonly string[]): void {
  const unknown = sources
    .map((source) => relative(ROOT, resolve(source)))
    .filter((path) => !path.includes('node_modules'))
    .filter((path) => !INPUTS.some((input) => path === input || path.startsWith(`${input}/`)));
  if (unknown.length > 0) throw new Error(`Expected an entry of INPUTS for ${unknown.join(', ')}`);
}

function digestInputs(): string {
  const hash = createHash('sha256').update(ROOT);
  const add = (path: string) => hash.update(`\0${path}\0`).update(readFileSync(join(ROOT, path)));
  for (const input of INPUTS) {
    if (IS_INPUT.test(input)) add(input);
    else for (const path of filesIn(input)) add(path);
  }
  return hash.digest('hex').slice(0, 16);
}

const filesIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => IS_INPUT.test(path) && !path.includes('node_modules'))
    .sort()
    .map((path) => join(folder, path));

function removeOld(cache: string, current: string): void {
  for (const name of readdirSync(cache)) {
    const folder = join(cache, name);
    if (!name.startsWith('programs-') || folder === current) continue;
    const { mtimeMs = Date.now() } = statSync(folder, { throwIfNoEntry: false }) ?? {};
    if (Date.now() - mtimeMs > KEPT_MS) rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param program its path, in a project where `outfile` finds the packages
 * @param place where it will be when it is started
 */
export const bundle = (program: string, outfile: string, place = outfile) =>
  build({
    entryPoints: [program],
    outfile,
    external: NOT_BUNDLED,
    plugins: [keepPlaces(program, place)],
    define: Object.fromEntries(Object.entries(PLACE).map(([name, own]) => [`import.meta.${name}`, own])),
    // For packages in CommonJS.
    banner: { js: "const require = (await import('node:module')).createRequire(import.meta.url);" },
    // Another test may be changing the file of that name.
    tsconfigRaw: '{}',
    ...{ bundle: true, platform: 'node', format: 'esm', logLevel: 'silent', metafile: true as const },
  });

export const programFile = (folder: string, program: Program): string =>
  join(folder, `${program.replaceAll('/', '-').replace(/\.ts$/, '')}.mjs`);
