import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  MAX_ROWS,
  resultCsv,
  runQuery,
  savedQueries,
} from '../../../../../infra/local/console/server/query-runner.ts';

const row = (...values: (string | null)[]) => ({
  Data: values.map((value) => (value === null ? {} : { VarCharValue: value })),
});

/** An Athena that answers SELECT with `rows` below a header, and EXPLAIN with seven files. */
const athena = {
  rows: [row('dev-1', null)],
  scanned: 2_000_000_000_000,
  state: 'SUCCEEDED',
  type: 'DML',
  started: [] as Record<string, unknown>[],
  polls: 0,
};
const call = async (operation: string, body: unknown): Promise<object> => {
  const { QueryExecutionId: id, QueryString: sql } = body as Record<string, string>;
  switch (operation) {
    case 'StartQueryExecution':
      athena.started.push(body as Record<string, unknown>);
      if (sql === 'bad') throw new Error('mismatched input');
      return { QueryExecutionId: sql?.startsWith('EXPLAIN') ? 'plan' : 'query' };
    case 'GetQueryExecution': {
      athena.polls += 1;
      const State = athena.polls === 1 ? 'RUNNING' : athena.state;
      return {
        QueryExecution: {
          StatementType: id === 'plan' ? 'UTILITY' : athena.type,
          Status: { State, StateChangeReason: athena.state === 'FAILED' ? 'COLUMN_NOT_FOUND: x' : undefined },
          Statistics: { DataScannedInBytes: athena.scanned, TotalExecutionTimeInMillis: 41 },
        },
      };
    }
    case 'GetQueryResults': {
      const ColumnInfo = [
        { Name: 'device', Type: 'varchar' },
        { Name: 'n', Type: 'bigint' },
      ];
      const Rows = id === 'plan' ? [row('Files: 7'), row('…')] : [row('device', 'n'), ...athena.rows];
      return { ResultSet: { Rows, ResultSetMetadata: { ColumnInfo } } };
    }
    case 'ListNamedQueries':
      return { NamedQueryIds: ['1', '2'] };
    default:
      return {
        NamedQueries: [
          { Name: 'all', Description: 'Everything', QueryString: 'SELECT 1' },
          { Name: 'one', Description: 'One device. Parameter: DEVICE_ID', QueryString: 'SELECT ?' },
        ],
      };
  }
};
const context = { call, workGroup: 'w', database: 'd' };

beforeEach(() => {
  Object.assign(athena, { rows: [row('dev-1', null)], scanned: 2e12, state: 'SUCCEEDED', type: 'DML' });
  Object.assign(athena, { started: [], polls: 0 });
});

describe('a query', () => {
  it('comes back with rows, files, bytes and its price', async () => {
    expect(await runQuery(context, 'SELECT', ["O'Hara"])).toEqual({
      ...{ id: 'query', state: 'SUCCEEDED', reason: undefined, rows: [['dev-1', null]], more: false },
      columns: [
        { name: 'device', type: 'varchar' },
        { name: 'n', type: 'bigint' },
      ],
      ...{ files: 7, scannedBytes: 2e12, milliseconds: 41, cost: 10 },
    });
    expect(athena.started.map(({ ExecutionParameters }) => ExecutionParameters)).toEqual([
      ["'O''Hara'"],
      ["'O''Hara'"],
    ]);
  });

  it('costs at least as much as 10 MB, and nothing if it failed or is not a query', async () => {
    athena.scanned = 1;
    expect((await runQuery(context, 'SELECT')).cost).toBeCloseTo(0.00005, 10);
    athena.state = 'FAILED';
    expect(await runQuery(context, 'SELECT')).toMatchObject({ reason: 'COLUMN_NOT_FOUND: x', cost: 0 });
    Object.assign(athena, { state: 'SUCCEEDED', type: 'DDL' });
    const shown = await runQuery(context, 'SHOW TABLES');
    expect([shown.cost, shown.files, shown.rows.length]).toEqual([0, undefined, 2]);
  });

  it('is not stopped because the wall clock was set', async () => {
    const operations: string[] = [];
    const now = Date.now();
    const wallClock = vi.spyOn(Date, 'now').mockImplementation(() => now + operations.length * 3_600_000);
    const watched = {
      ...context,
      call: (operation: string, body: unknown) => {
        operations.push(operation);
        return call(operation, body);
      },
    };
    expect((await runQuery(watched, 'SELECT')).state).toBe('SUCCEEDED');
    wallClock.mockRestore();
    expect(operations).not.toContain('StopQueryExecution');
  });

  it('says what is wrong instead of throwing', async () => {
    expect(await runQuery(context, 'bad')).toMatchObject({ state: 'FAILED', reason: 'mismatched input' });
  });

  it('is cut off after more rows than anybody reads', async () => {
    athena.rows = Array.from({ length: MAX_ROWS + 1 }, (_, i) => row(`dev-${i}`, '1'));
    const { rows, more } = await runQuery(context, 'SELECT');
    expect([rows.length, more]).toEqual([MAX_ROWS, true]);
  });
});

describe('saved queries', () => {
  it('name their parameters', async () => {
    expect(await savedQueries(context)).toEqual([
      { name: 'all', description: 'Everything', sql: 'SELECT 1', parameters: [] },
      { name: 'one', description: 'One device.', sql: 'SELECT ?', parameters: ['DEVICE_ID'] },
    ]);
  });
});

it('the rows of an execution are a file as RFC 4180 has it, which tells NULL from an empty text', async () => {
  athena.rows = [row('say "hi", twice', null), row('', '2'), row('a\nb', '3')];
  expect(await resultCsv(context, 'query')).toBe('device,n\r\n"say ""hi"", twice",\r\n"",2\r\n"a\nb",3\r\n');
});

it('no text of a file is a formula, and numbers stay what they are', async () => {
  athena.rows = [row('=cmd|"/C calc"!A0', '-5'), row('@SUM(1)', '+1'), row('-1+1', null), row('dev-1', '2')];
  expect(await resultCsv(context, 'query')).toBe(
    `device,n\r\n"'=cmd|""/C calc""!A0",-5\r\n'@SUM(1),+1\r\n'-1+1,\r\ndev-1,2\r\n`,
  );
});
