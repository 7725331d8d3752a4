/** A program with all that it imports in one piece; what it imports only when needed is in files of its own. */
import { readFileSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

export interface ProgramBundle {
  /** main.mjs, what it imports later, and a source map for each. */
  files: { name: string; text: string }[];
  /** Absolute paths of the project's own files in it. */
  sources: string[];
}

const ROOT = resolve(import.meta.dirname, '../../..');

/** Native, or in search of files beside them. */
const NOT_BUNDLED = [
  ...['@duckdb/node-bindings*', 'classic-level', 'dynalite', 'esbuild', 'jq-wasm', 'tsx'],
  ...['aws-cdk-lib', 'constructs'],
];

/** Under which names a module finds what `import.meta` says of its own place. */
const PLACE = { dirname: 'own_dirname', filename: 'own_filename', url: 'own_url' };

/** For packages in CommonJS. */
const BANNER = "const require = (await import('node:module')).createRequire(import.meta.url);";

/**
 * esbuild leaves out what nobody uses of a namespace, unless that is itself what is imported, such as the `z` of zod:
 * 750 KB, of which ours need 200.
 */
const namespaced = (text: string) =>
  text.replace(/^import \{ z \} from 'zod';$/m, "import * as z from 'zod';");

/** What a module of ours says of its own place stays true. */
const keepPlaces: Plugin = {
  name: 'keep-places',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const text = namespaced(readFileSync(path, 'utf8'));
      if (!text.includes('import.meta')) return { contents: text, loader: 'ts' };
      const place = { dirname: dirname(path), filename: path, url: pathToFileURL(path).href };
      const constants = Object.entries(PLACE).map(
        ([name, own]) => `${own} = ${JSON.stringify(place[name as keyof typeof PLACE])}`,
      );
      return { contents: `const ${constants.join(', ')};${text}`, loader: 'ts' };
    });
  },
};

/** @param program absolute path of its source */
export async function bundleProgram(program: string): Promise<ProgramBundle> {
  const { outputFiles, metafile } = await build({
    entryPoints: [{ in: program, out: 'main' }],
    // Where it will be is not known yet: the maps count their paths from there.
    outdir: '/',
    outExtension: { '.js': '.mjs' },
    splitting: true,
    external: NOT_BUNDLED,
    plugins: [keepPlaces],
    define: Object.fromEntries(Object.entries(PLACE).map(([name, own]) => [`import.meta.${name}`, own])),
    banner: { js: BANNER },
    // The sources are there.
    ...{ sourcemap: 'linked', sourcesContent: false },
    tsconfigRaw: '{}',
    ...{ bundle: true, write: false, metafile: true, platform: 'node', format: 'esm', logLevel: 'silent' },
  });
  const inputs = Object.keys(metafile.inputs).map((path) => resolve(path));
  return {
    files: outputFiles.map(({ path, text }) => ({ name: basename(path), text })),
    // Of the path in the project: the project may itself be below such a folder.
    sources: inputs.filter((path) => !relative(ROOT, path).includes('node_modules/')),
  };
}
