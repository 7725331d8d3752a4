/**
 * Saved queries parse with Trino's own grammar. DuckDB, which answers them locally, also accepts SQL that Athena refuses.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { savedQueries } from '../../../infra/aws/queries/saved-queries.ts';

interface Grammar {
  validate(sql: string): { message: string; startLine: number }[];
}

const folder = mkdtempSync(join(tmpdir(), 'trino-'));
let grammar: Grammar;
beforeAll(async () => {
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
  grammar = new TrinoSQL();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each(savedQueries({ database: 'lake', readings: 'readings', alerts: 'alerts' }))('$name', ({ sql }) => {
  expect(grammar.validate(sql)).toEqual([]);
});

it('rejects what Athena would refuse', () => {
  expect(grammar.validate('SELECT a FROM t QUALIFY 1')).not.toEqual([]);
});
