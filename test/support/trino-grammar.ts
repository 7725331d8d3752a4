/** Trino's own grammar, which is Athena's: DuckDB, which answers locally, also reads what Athena refuses. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

export interface Grammar {
  /** What is wrong with a statement. */
  validate(sql: string): { message: string; startLine: number }[];
}

let loaded: Promise<Grammar> | undefined;

/** Once for all test files of a worker: what a parser has learnt of a grammar makes the next statements cheaper. */
export function loadTrinoGrammar(): Promise<Grammar> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Grammar> {
  const folder = mkdtempSync(join(tmpdir(), 'trino-'));
  try {
    // The package's modules import each other without file endings, which only a bundler resolves.
    const root = dirname(createRequire(import.meta.url).resolve('dt-sql-parser/package.json'));
    const outfile = join(folder, 'trino.mjs');
    await build({
      entryPoints: [join(root, 'dist/parser/trino/index.js')],
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile,
    });
    const { TrinoSQL } = (await import(outfile)) as { TrinoSQL: new () => Grammar };
    return new TrinoSQL();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
