import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTable } from '../../../../infra/emulator/glue/catalog.ts';
import { createHarness, DATABASE, type Harness, lakeTable, plainTable, READINGS } from './support/harness.ts';

const NOW = Date.parse('2026-03-01T00:30:00.000Z');
const readings = (hour: string, count: number, from = 0) =>
  `SELECT 'd' || (i % 10) AS device_id, 's' || (i % 2) AS site_id, i AS seq, 20.0 + i % 5 AS temperature,
          random() * 100 AS cpu, 1.0::DOUBLE AS ram, 2.0::DOUBLE AS hd,
          strftime(TIMESTAMP '${hour}:00:00' + to_seconds(i), '%Y-%m-%dT%H:%M:%S.000Z') AS "timestamp",
          '${hour}' AS timestamp_sent
   FROM range(${from}, ${from + count}) t(i)`;
const folder = (hour: string, table = 'readings') =>
  `${table}/dt=${hour.slice(0, 10)}/hour=${hour.slice(11)}`;

let harness: Harness;
const corrupt = (key: string) => {
  const path = join(harness.root, 'bucket', key);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, 'no Parquet at all');
};

beforeAll(async () => {
  harness = createHarness({
    tables: [
      READINGS,
      lakeTable('evolving', [...READINGS.columns]),
      plainTable('wide', 'id bigint, a string, b string'),
      plainTable('replaced', 'id bigint, a string, b string'),
    ],
    now: () => NOW,
    scanLimit: 1_000_000,
  });
  for (const hour of ['2026-02-27 22', '2026-02-27 23', '2026-02-28 22', '2026-02-28 23', '2026-03-01 00']) {
    await harness.write(`${folder(hour)}/a.parquet`, readings(hour, 10));
  }
  await harness.write(`${folder('2026-03-01 00')}/b.parquet`, readings('2026-03-01 00', 5, 10));
});
afterAll(() => harness.close());

/** Files that a query opens, as its plan says. */
async function files(sql: string): Promise<number> {
  const { rows, reason } = await harness.query(`EXPLAIN ${sql}`);
  expect(reason).toBeUndefined();
  return Number(rows[0]?.replace('Files: ', ''));
}

describe('partitions', () => {
  it.each([
    ['SELECT count(*) FROM readings', 6],
    ["SELECT count(*) FROM readings WHERE dt = '2026-03-01'", 2],
    ["SELECT count(*) FROM readings WHERE dt = '2026-02-28' AND hour = '23'", 1],
    ["SELECT count(*) FROM readings r WHERE r.dt >= '2026-02-28' AND r.hour IN ('23', '00')", 3],
    [
      `SELECT count(*) FROM ${DATABASE}.readings WHERE dt BETWEEN '2026-02-27' AND '2026-02-28' AND seq > 3`,
      4,
    ],
    ["SELECT count(*) FROM readings WHERE dt || ' ' || hour >= '2026-02-28 23'", 3],
    // A condition that only one side of an OR has rules nothing out; one that both sides have does.
    [
      "SELECT count(*) FROM readings WHERE (dt = '2026-02-27' AND seq > 1) OR (dt = '2026-03-01' AND cpu > 5)",
      4,
    ],
    ["SELECT count(*) FROM readings WHERE dt = '2026-02-27' OR seq > 1", 6],
    ["SELECT count(*) FROM readings WHERE NOT dt = '2026-02-27'", 4],
    ['SELECT count(*) FROM readings WHERE hour = CAST(substr(device_id, 2) AS varchar)', 6],
    // Now is 2026-03-01 00:30.
    [
      "SELECT count(*) FROM readings WHERE dt >= date_format(current_timestamp - interval '1' hour, '%Y-%m-%d')",
      4,
    ],
    [
      "SELECT count(*) FROM readings WHERE dt >= date_format(now() - interval '1' hour, '%Y-%m-%d') AND dt || ' ' || hour >= date_format(now() - interval '1' hour, '%Y-%m-%d %H')",
      3,
    ],
    ["WITH r AS (SELECT * FROM readings WHERE dt = '2026-02-27') SELECT count(*) FROM r", 2],
    ["SELECT count(*) FROM (SELECT dt FROM readings WHERE hour = '00') x WHERE dt > '2000'", 2],
    [
      "SELECT count(*) FROM readings a JOIN readings b ON a.seq = b.seq WHERE a.dt = '2026-03-01' AND b.dt = '2026-02-27' AND b.hour = '22'",
      3,
    ],
    ["SELECT count(*) FROM readings WHERE dt = '1999-01-01'", 0],
    [
      "SELECT count(*) FROM readings a WHERE EXISTS (SELECT 1 FROM readings b WHERE b.dt = a.dt AND b.hour = '00') AND a.dt = '2026-02-27'",
      4,
    ],
    // A name defined by WITH is not a table, even if a table has the same name.
    ['WITH readings AS (SELECT 1 AS n) SELECT n FROM readings', 0],
  ])('%s opens %i files', async (sql, expected) => {
    expect(await files(sql)).toBe(expected);
  });

  it('that a query does not name are not read: a broken file elsewhere does no harm', async () => {
    corrupt(`${folder('2026-02-20 05')}/broken.parquet`);
    try {
      const { rows } = await harness.query("SELECT count(*) FROM readings WHERE dt >= '2026-02-27'");
      expect(rows).toEqual(['55']);
      const broken = await harness.query('SELECT count(*) FROM readings');
      expect(broken.state).toBe('FAILED');
      expect(broken.reason).toContain('broken.parquet');
      expect(broken.reason).not.toContain(harness.root);
    } finally {
      await harness.write(`${folder('2026-02-20 05')}/broken.parquet`, readings('2026-02-20 05', 0));
    }
  });

  it('that projection would not produce are invisible, as on AWS', async () => {
    for (const name of [
      'dt=2023-12-31/hour=00',
      'dt=2026-03-01/hour=7',
      'dt=2026-03-01/hour=24',
      'dt=2026-3-1/hour=00',
      'dt=2026-03-04/hour=00',
      'other/hour=00',
    ]) {
      corrupt(`readings/${name}/x.parquet`);
    }
    corrupt(`${folder('2026-03-01 00')}/_hidden.parquet`);
    corrupt(`${folder('2026-03-01 00')}/half-written.parquet.partial`);
    expect((await harness.query('SELECT count(*) FROM readings')).rows).toEqual(['55']);
  });

  it('give their values as text, including leading zeros', async () => {
    const { rows, columns } = await harness.query(
      "SELECT dt, hour, count(*) AS n FROM readings WHERE hour < '10' GROUP BY dt, hour",
    );
    expect(columns).toEqual(['dt varchar', 'hour varchar', 'n bigint']);
    expect(rows).toEqual(['2026-03-01 | 00 | 15']);
  });

  it('without a file are an empty, typed result', async () => {
    const { rows, columns } = await harness.query(
      "SELECT seq, temperature, dt FROM readings WHERE dt = '2025-01-01'",
    );
    expect(rows).toEqual([]);
    expect(columns).toEqual(['seq bigint', 'temperature double', 'dt varchar']);
    expect((await harness.query('SELECT count(*), max(seq) FROM evolving')).rows).toEqual(['0 | NULL']);
  });
});

describe('files of different times', () => {
  it('read a column that they lack as NULL, and not one that the table lacks', async () => {
    await harness.write('evolving/dt=2026-03-01/hour=00/old.parquet', "SELECT 'old' AS device_id, 1 AS seq");
    await harness.write(
      'evolving/dt=2026-03-01/hour=00/new.parquet',
      readings('2026-03-01 00', 1).replace('SELECT', 'SELECT 5 AS unknown,'),
    );
    const { rows } = await harness.query(
      'SELECT device_id, seq, temperature FROM evolving ORDER BY device_id',
    );
    expect(rows).toEqual(['d0 | 0 | 20.0', 'old | 1 | NULL']);
    expect((await harness.query('SELECT * FROM evolving LIMIT 1')).columns).toHaveLength(11);
    expect((await harness.query('SELECT unknown FROM evolving')).reason).toMatch(/^COLUMN_NOT_FOUND/);
  });
});

describe('a file that takes the place of another', () => {
  // Within seconds of a change the engine trusts nothing that it remembers; later it does.
  const write = async (columns: string, minute: number) => {
    const key = 'replaced/a.parquet';
    await harness.write(key, `SELECT ${columns} FROM range(3)`);
    utimesSync(join(harness.root, 'bucket', key), NOW / 1000, NOW / 1000 + 60 * minute);
  };
  const rows = async (id: number) =>
    (await harness.query(`SELECT DISTINCT id, a FROM replaced WHERE id = ${id}`)).rows;

  it.each([
    ['of the same size', "1::BIGINT AS id, 'x' AS a", "2::BIGINT AS id, 'y' AS a"],
    ['with other columns', "1::BIGINT AS id, 'x' AS a", "'y' AS a, 'b' AS b, 2::BIGINT AS id"],
  ])('is read anew, %s', async (_, before, after) => {
    await write(before, 1);
    const first = await rows(1);
    await write(after, 2);
    expect([first, await rows(2)]).toEqual([['1 | x'], ['2 | y']]);
  });
});

describe('bytes scanned', () => {
  const text = (rows: number) =>
    `SELECT i AS id, md5(i::VARCHAR) AS a, md5((i + 1)::VARCHAR) AS b FROM range(${rows}) t(i)`;

  it('count only the columns that the query reads', async () => {
    await harness.write('wide/a.parquet', text(5000));
    const one = await harness.query('SELECT max(a) FROM wide');
    const both = await harness.query('SELECT max(a), max(b) FROM wide');
    const none = await harness.query('SELECT count(*) FROM wide');
    expect(one.scannedBytes).toBeGreaterThan(100_000);
    expect(both.scannedBytes / one.scannedBytes).toBeCloseTo(2, 1);
    expect(none.scannedBytes).toBe(0);
    expect((await harness.query('SELECT * FROM wide LIMIT 1')).scannedBytes).toBeGreaterThan(
      both.scannedBytes,
    );
  });

  it('exclude row groups that cannot match', async () => {
    await harness.write('wide/b.parquet', text(300_000));
    const all = await harness.query('SELECT max(id) FROM wide WHERE id >= 0');
    const last = await harness.query('SELECT max(id) FROM wide WHERE id > 290000 AND 299999 >= id');
    const none = await harness.query('SELECT max(id) FROM wide WHERE id = -1');
    expect(last.rows).toEqual(['299999']);
    expect(last.scannedBytes).toBeLessThan(all.scannedBytes / 2);
    expect(none.scannedBytes).toBe(0);
  });

  it("end a query at the workgroup's limit, in Athena's words", async () => {
    const { state, reason, scannedBytes, id } = await harness.query('SELECT max(a), max(b) FROM wide');
    expect({ state, reason, scannedBytes }).toEqual({
      state: 'CANCELLED',
      reason: 'Bytes scanned limit was exceeded',
      scannedBytes: 1_000_000,
    });
    await expect(harness.call('GetQueryResults', { QueryExecutionId: id })).rejects.toThrow(
      'Final query state: CANCELLED',
    );
  });
});

describe('only the lake can be read', () => {
  it.each([
    "SELECT * FROM read_text('/etc/hostname')",
    "SELECT * FROM '/etc/hostname'",
    'SELECT * FROM "/etc/hostname"',
    "SELECT * FROM glob('/*')",
    "SELECT * FROM parquet_metadata('/etc/hostname')",
    'SELECT * FROM duckdb_tables()',
    'SELECT * FROM information_schema.character_sets',
    'SELECT * FROM pg_catalog.pg_tables',
    "SELECT read_blob('/etc/hostname')",
    "SELECT current_setting('home_directory')",
    "COPY (SELECT 1) TO '/tmp/x.csv'",
    "ATTACH '/tmp/x.db'",
    'PRAGMA database_list',
    'SET enable_external_access = true',
    'INSTALL httpfs',
  ])('%s is refused', async (sql) => {
    const outcome = await harness.query(sql).catch((error: { code: string }) => ({ state: error.code }));
    expect(['FAILED', 'InvalidRequestException']).toContain(outcome.state);
  });
});

it('reads a table as the template defines it', () => {
  const table = parseTable({
    DatabaseName: DATABASE,
    TableInput: {
      Name: 'readings',
      PartitionKeys: READINGS.partitionKeys.map(({ name, type }) => ({ Name: name, Type: type })),
      Parameters: READINGS.parameters,
      StorageDescriptor: { Location: READINGS.location, Columns: [{ Name: 'seq', Type: 'bigint' }] },
    },
  });
  expect(table.parameters).toEqual(READINGS.parameters);
});
