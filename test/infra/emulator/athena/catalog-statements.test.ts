/** SHOW, DESCRIBE, the information schema, and where a row lies. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHarness, DATABASE, finished, type Harness, plainTable, READINGS } from './support/harness.ts';

let harness: Harness;
beforeAll(async () => {
  const other = { ...plainTable('zones', 'id string'), database: 'other' };
  harness = createHarness({
    tables: [
      READINGS,
      plainTable('readings_trusted', 'a string'),
      plainTable('alerts', 'a timestamp, b double'),
      other,
    ],
    now: () => Date.parse('2026-03-01T00:30:00Z'),
  });
  for (const file of ['a', 'b']) {
    await harness.write(
      `readings/dt=2026-03-01/hour=00/${file}.parquet`,
      `SELECT '${file}' AS device_id, 's' AS site_id, 1 AS seq, 1e0 AS temperature, 1e0 AS cpu, 1e0 AS ram, 1e0 AS hd,
              '2026-03-01T00:00:00.000Z' AS "timestamp", '2026-03-01 00' AS timestamp_sent`,
    );
  }
});
afterAll(() => harness.close());

const ALL = ['alerts', 'readings', 'readings_trusted'];

describe('SHOW TABLES', () => {
  it.each<[sql: string, tables: string[]]>([
    ['SHOW TABLES', ALL],
    [`SHOW TABLES IN ${DATABASE}`, ALL],
    [`SHOW TABLES FROM ${DATABASE.toUpperCase()}`, ALL],
    [`SHOW TABLES IN AwsDataCatalog.${DATABASE}`, ALL],
    [`SHOW TABLES IN \`${DATABASE}\``, ALL],
    ['SHOW TABLES IN other', ['zones']],
    ["SHOW TABLES 'read*'", ['readings', 'readings_trusted']],
    ["SHOW TABLES 'READINGS'", ['readings']],
    ["SHOW TABLES '*s'", ['alerts', 'readings']],
    ["SHOW TABLES '.*ings'", ['readings']],
    ["SHOW TABLES 'alerts|*trusted'", ['alerts', 'readings_trusted']],
    [`SHOW TABLES IN ${DATABASE} 'a*'`, ['alerts']],
    ["SHOW TABLES LIKE 'a*'", ['alerts']],
    // Hive's patterns, and not those of SQL: what is no star stands for itself.
    ["SHOW TABLES LIKE '%read%'", []],
    ["SHOW TABLES 'reading.'", []],
    ["SHOW TABLES 'read'", []],
  ])('%s', async (sql, tables) => {
    expect(await harness.query(sql)).toMatchObject({ reason: undefined, rows: tables });
  });

  it.each([`SHOW TABLES IN nosuchdb`, 'SHOW TABLES IN awsdatacatalog.nosuchdb'])(
    'fails as Athena does where there is no such database: %s',
    async (sql) => {
      const { reason } = await harness.query(sql);
      expect(reason).toBe('FAILED: SemanticException [Error 10072]: Database does not exist: nosuchdb');
    },
  );

  it('is a statement of the kind that AWS calls UTILITY', async () => {
    const { id } = await harness.query('SHOW TABLES');
    expect((await finished(harness.call, id)).StatementType).toBe('UTILITY');
  });
});

it.each<[sql: string, rows: string[]]>([
  ['SHOW DATABASES', [DATABASE, 'other']],
  ["SHOW SCHEMAS LIKE 'o*'", ['other']],
  ["SHOW DATABASES LIKE 'x*'", []],
  [`SHOW COLUMNS IN alerts`, ['a', 'b']],
  ['SHOW COLUMNS FROM zones FROM other', ['id']],
  ['SHOW COLUMNS IN other.zones', ['id']],
  ['DESCRIBE other.zones', ['id | string | ']],
  ['DESCRIBE `alerts`', ['a | timestamp | ', 'b | double | ']],
])('%s', async (sql, rows) => {
  expect(await harness.query(sql)).toMatchObject({ reason: undefined, rows });
});

it.each([
  'DESCRIBE FORMATTED readings',
  'DESCRIBE EXTENDED readings',
  'DESCRIBE readings device_id',
  "DESCRIBE readings PARTITION (dt = '2026-03-01')",
  "SHOW PARTITIONS readings PARTITION (dt = 'x')",
  "SHOW COLUMNS IN readings LIKE 'x*'",
  "SHOW DATABASES 'x'",
  "SHOW TABLES IN lake 'a' 'b'",
  'SHOW VIEWS',
  'SHOW CREATE TABLE readings',
  'SELECT * FROM information_schema.views',
  'SELECT "$file_size" FROM readings',
  'SELECT * FROM "readings$partitions"',
])('is refused by our name: %s', async (sql) => {
  expect((await harness.query(sql)).reason).toMatch(/^NOT_SUPPORTED_LOCALLY: /);
});

describe('the information schema', () => {
  it('has tables, columns and schemata', async () => {
    expect(
      (
        await harness.query(
          'SELECT table_schema, table_name, table_type FROM information_schema.tables ORDER BY 1, 2',
        )
      ).rows,
    ).toEqual([...ALL.map((name) => `${DATABASE} | ${name} | BASE TABLE`), 'other | zones | BASE TABLE']);
    expect(
      (
        await harness.query(
          `SELECT column_name, ordinal_position, is_nullable, data_type, column_default
           FROM information_schema.columns WHERE table_schema = '${DATABASE}' AND table_name = 'alerts'`,
        )
      ).rows,
    ).toEqual(['a | 1 | YES | timestamp(3) | NULL', 'b | 2 | YES | double | NULL']);
    const columns = await harness.query(
      `SELECT column_name FROM awsdatacatalog.information_schema.columns c WHERE c.table_name = 'readings' ORDER BY ordinal_position DESC LIMIT 2`,
    );
    expect(columns.rows).toEqual(['hour', 'dt']);
    expect((await harness.query('SELECT * FROM information_schema.schemata')).rows).toEqual([
      `awsdatacatalog | ${DATABASE}`,
      'awsdatacatalog | other',
    ]);
  });

  it('can be joined, and costs no bytes', async () => {
    const { rows, scannedBytes } = await harness.query(
      `SELECT t.table_name, count(*) FROM information_schema.tables t
       JOIN information_schema.columns c ON c.table_schema = t.table_schema AND c.table_name = t.table_name
       GROUP BY 1 HAVING count(*) = 2`,
    );
    expect([rows, scannedBytes]).toEqual([['alerts | 2'], 0]);
  });
});

describe('"$path"', () => {
  const folder = 's3://bucket/readings/dt=2026-03-01/hour=00';
  it('is where a row lies', async () => {
    const { rows, columns } = await harness.query('SELECT "$path", device_id FROM readings ORDER BY 2');
    expect(rows).toEqual([`${folder}/a.parquet | a`, `${folder}/b.parquet | b`]);
    expect(columns).toEqual(['$path varchar', 'device_id varchar']);
    const counted = await harness.query(
      'SELECT "$path", count(*) FROM readings r WHERE r.dt >= \'2026-03-01\' GROUP BY 1 ORDER BY 1 DESC',
    );
    expect(counted.rows).toEqual([`${folder}/b.parquet | 1`, `${folder}/a.parquet | 1`]);
    const where = await harness.query(`SELECT device_id FROM readings WHERE "$path" LIKE '%/b.parquet'`);
    expect(where.rows).toEqual(['b']);
  });
  it('is no part of *', async () => {
    const plain = await harness.query('SELECT * FROM readings');
    const beside = await harness.query('SELECT *, "$path" FROM readings');
    expect(beside.columns).toEqual([...plain.columns, '$path varchar']);
    const joined = await harness.query(
      `SELECT a.*, b."$path" FROM readings a JOIN readings b ON a.device_id = b.device_id`,
    );
    expect(joined.columns).toEqual(beside.columns);
  });
  it('costs nothing, and a table without files has it, too', async () => {
    const [with_, without] = [
      await harness.query('SELECT device_id, "$path" FROM readings'),
      await harness.query('SELECT device_id FROM readings'),
    ];
    expect(with_.scannedBytes).toBe(without.scannedBytes);
    expect((await harness.query('SELECT "$path" FROM alerts')).rows).toEqual([]);
  });
});

describe('columns without a name', () => {
  it.each<[sql: string, columns: string[]]>([
    ['SELECT 1, 2 AS b, 3', ['_col0 integer', 'b integer', '_col2 integer']],
    ['SELECT * FROM (SELECT 1 + 1, count(*) FROM readings)', ['_col0 integer', '_col1 bigint']],
    ["VALUES (1, 'a')", ['_col0 integer', '_col1 varchar']],
    ["SELECT * FROM (VALUES (1, 'a')) AS t", ['_col0 integer', '_col1 varchar']],
    ['SELECT 1 UNION ALL SELECT 2', ['_col0 integer']],
    ['WITH w AS (SELECT max(seq) FROM readings) SELECT * FROM w', ['_col0 bigint']],
    ["SELECT CAST(ROW(1, 'x') AS ROW(n bigint, s varchar)).s", ['_col0 varchar']],
    ['SELECT r.n, (r).n FROM (SELECT CAST(ROW(1) AS ROW(n bigint)) AS r)', ['n bigint', 'n bigint']],
    [
      'SELECT (SELECT 1), EXISTS (SELECT 1), CASE WHEN true THEN 1 END',
      ['_col0 integer', '_col1 boolean', '_col2 integer'],
    ],
    [
      'SELECT seq = 1, seq / 2, try(seq), seq IN (1), seq BETWEEN 1 AND 2 FROM readings',
      ['_col0 boolean', '_col1 bigint', '_col2 bigint', '_col3 boolean', '_col4 boolean'],
    ],
  ])('%s', async (sql, columns) => {
    expect(await harness.query(sql)).toMatchObject({ reason: undefined, columns });
  });
});
