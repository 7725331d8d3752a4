/** What is told of a type without the engine is what the engine says, or nothing. */
import { tmpdir } from 'node:os';
import { type DuckDBConnection, DuckDBTypeId } from '@duckdb/node-api';
import { expect, it } from 'vitest';
import { Engine } from '../../../../infra/emulator/athena/engine.ts';
import { Footers } from '../../../../infra/emulator/athena/query/footers.ts';
import { parseSelect } from '../../../../infra/emulator/athena/query/parse.ts';
import { planSelect } from '../../../../infra/emulator/athena/query/plan.ts';
import { columnsOfTable } from '../../../../infra/emulator/athena/query/tables.ts';
import { rootQuery, text } from '../../../../infra/emulator/athena/sql/ast.ts';
import { rewrite } from '../../../../infra/emulator/athena/sql/rewrite.ts';
import { columnsOf } from '../../../../infra/emulator/athena/sql/scope.ts';
import { DIALECT } from './support/dialect-cases.ts';
import { DATABASE, plainTable } from './support/harness.ts';

const SAMPLES = plainTable(
  'samples',
  'device string, site string, temperature double, cpu double, ts timestamp, iso string, doc string',
);
const NOW = Date.UTC(2024, 3, 1);

async function told(connection: DuckDBConnection, sql: string) {
  const { tree, placeOf } = await parseSelect(connection, sql);
  const off = { inTry: false, wallClock: false, instant: false, nullOnFailure: false };
  const tableColumns = (ref: object) =>
    text((ref as { table_name?: unknown }).table_name) === 'samples' ? columnsOfTable(SAMPLES) : undefined;
  const scope = { columnType: () => undefined, ctes: new Map(), tableColumns };
  return columnsOf(rootQuery(rewrite(tree, { ...off, ...scope, now: NOW, placeOf })));
}

/** Some number, whichever: the engine alone knows. */
const isNumber = (type: string) => /^(?:.*INT.*|DOUBLE|FLOAT|DECIMAL.*)$/.test(type);

it('of every query of the dialect', async () => {
  const engine = new Engine({ folders: [], memoryBytes: 2 ** 28 });
  const lake = { tables: [SAMPLES], s3Root: tmpdir(), footers: new Footers(), now: NOW };
  const wrong: string[] = [];
  let known = 0;
  await engine.connected(async (connection) => {
    for (const [sql] of Object.values(DIALECT).flat()) {
      const columns = await told(connection, sql);
      const plan = await planSelect(connection, { sql, database: DATABASE, parameters: [] }, lake);
      const prepared = await connection.prepare(plan.sql);
      for (const [i, { name, type }] of (columns ?? []).entries()) {
        const actual = prepared.columnType(i);
        const engines = actual.typeId === DuckDBTypeId.SQLNULL ? '"NULL"' : actual.toString();
        if (type === undefined) continue;
        known++;
        const holds =
          type === engines ||
          (['NUMBER', 'DECIMAL'].includes(type) && isNumber(engines)) ||
          engines === '"NULL"';
        if (!holds) wrong.push(`${sql}: ${name} is told to be ${type}, and is ${engines}`);
      }
    }
  });
  expect(wrong).toEqual([]);
  expect(known).toBeGreaterThan(80);
});
