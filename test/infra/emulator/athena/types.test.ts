/** Types are checked as Athena checks them: before a row is read, inside TRY too, and whatever the clause. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TIMED } from '../../../support/timed.ts';
import { SAMPLES } from './support/dialect-cases.ts';
import { createHarness, type Harness, plainTable, READINGS } from './support/harness.ts';

const COLUMNS =
  'device string, site string, temperature double, cpu double, ts timestamp, iso string, doc string, flag boolean, day date, n bigint';

let harness: Harness;
beforeAll(async () => {
  harness = createHarness({
    tables: [READINGS, plainTable('samples', COLUMNS), plainTable('empty', COLUMNS)],
  });
  await harness.write(
    'samples/all.parquet',
    `SELECT *, true AS flag, DATE '2024-03-10' AS day, 1::BIGINT AS n FROM (${SAMPLES})`,
  );
});
afterAll(() => harness.close());

/** Conditions and expressions that Athena refuses for their types, each with what it says. */
const MISMATCHES: readonly (readonly [expression: string, message: RegExp])[] = [
  ['device = current_date', /^Cannot apply operator: varchar = date/],
  ['device <> day', /^Cannot apply operator: varchar = date/],
  ['device > day', /^Cannot apply operator: varchar < date/],
  ["day = '2024-03-10'", /^Cannot apply operator: date = varchar/],
  ["ts >= '2024-03-10'", /^Cannot apply operator: timestamp\(3\) <= varchar/],
  ['iso > current_timestamp', /^Cannot apply operator: varchar < timestamp\(3\) with time zone/],
  ['device IS DISTINCT FROM n', /^Cannot apply operator: varchar IS DISTINCT FROM bigint/],
  ['device = 5', /^Cannot apply operator: varchar = integer/],
  ["n = '5'", /^Cannot apply operator: bigint = varchar/],
  ["temperature = '95'", /^Cannot apply operator: double = varchar/],
  ["flag = 'true'", /^Cannot apply operator: boolean = varchar/],
  ['flag = 1', /^Cannot apply operator: boolean = integer/],
  ['flag = n', /^Cannot apply operator: boolean = bigint/],
  ["interval '1' day > 5", /^Cannot apply operator: interval day to second < integer/],
  ['ARRAY[device] = ARRAY[n]', /^Cannot apply operator: array\(varchar\) = array\(bigint\)/],
  ['device IN (1, 2)', /^IN value and list items must be the same type .* between varchar and integer/],
  ["n IN ('1')", /^IN value and list items .* between bigint and varchar/],
  ['device IN (day)', /^IN value and list items .* between varchar and date/],
  ['device IN (SELECT n FROM samples)', /^Value expression and result of subquery .* varchar vs bigint/],
  ['device = (SELECT max(n) FROM samples)', /^Cannot apply operator: varchar = bigint/],
  ['(SELECT max(day) FROM samples) = device', /^Cannot apply operator: date = varchar/],
  ['device BETWEEN 1 AND 2', /^Cannot check if varchar is BETWEEN integer and integer/],
  [
    "ts BETWEEN '2024-01-01' AND '2024-01-02'",
    /^Cannot check if timestamp\(3\) is BETWEEN varchar and varchar/,
  ],
  ['CASE device WHEN 5 THEN true END', /^Cannot apply operator: varchar = integer/],
  ["CASE WHEN flag THEN 'a' ELSE 1 END IS NULL", /^All CASE results must be .* between varchar and integer/],
  ["if(flag, 'a', 1) IS NULL", /^All CASE results must be .* between varchar and integer/],
  ["coalesce(temperature, 'n/a') IS NULL", /^All COALESCE operands .* between double and varchar/],
  ['nullif(device, n) IS NULL', /^Types are not comparable with NULLIF: varchar vs bigint/],
  ['greatest(device, n) IS NULL', /^All arguments of greatest and least .* between varchar and bigint/],
  ['cardinality(ARRAY[device, n]) = 2', /^All ARRAY elements .* between varchar and bigint/],
  ['device + 1 > 0', /^Cannot apply operator: varchar \+ integer/],
  ['day + 1 > day', /^Cannot apply operator: date \+ integer/],
  ['day - n > day', /^Cannot apply operator: date - bigint/],
  ["device || n = 'x'", /^Cannot concatenate varchar and bigint/],
  ['n LIKE device', /^Both sides of LIKE must evaluate to a varchar: bigint/],
  ['NOT n', /^Value of logical NOT expression must evaluate to a boolean: bigint/],
  ['flag AND n', /^Logical expression term must evaluate to a boolean: bigint/],
  ['CASE WHEN device THEN true END', /^CASE WHEN clause must evaluate to a boolean: varchar/],
];

/** Calls with arguments that Athena has no such function for. */
const NO_FUNCTION: readonly string[] = [
  'lower(n)',
  'length(flag)',
  'strpos(device, n)',
  'replace(device, n)',
  'lpad(n, 3, device)',
  'split(n, device)',
  "regexp_like(n, 'd')",
  'year(device)',
  'hour(iso)',
  "date_format(iso, '%Y')",
  "date_trunc('day', iso)",
  "date_add('day', 1, iso)",
  "date_diff('day', iso, ts)",
  'to_unixtime(iso)',
  'to_iso8601(n)',
  'from_iso8601_timestamp(n)',
  "date_parse(n, '%Y')",
  'sqrt(device)',
  'round(device)',
  'contains(ARRAY[device], n)',
  'array_position(ARRAY[n], device)',
  'sequence(device, iso)',
  'bitwise_and(temperature, n)',
  'bitwise_or(n, 1.5)',
  'bit_count(device, 64)',
];

describe.each(['samples', 'empty'])('in a WHERE over the table %s', (table) => {
  it.each(MISMATCHES)('%s', async (expression, message) => {
    const { state, reason } = await harness.query(`SELECT count(*) FROM ${table} WHERE ${expression}`);
    expect(state).toBe('FAILED');
    expect(reason).toMatch(/^TYPE_MISMATCH: (line 1:\d+: )?/);
    expect(reason?.replace(/^TYPE_MISMATCH: (line 1:\d+: )?/, '')).toMatch(message);
  });
});

describe('TRY does not hide it', () => {
  it.each(MISMATCHES.filter(([expression]) => !expression.includes('SELECT')))('%s', async (expression) => {
    const { reason } = await harness.query(`SELECT try(${expression}) FROM samples`);
    expect(reason).toMatch(/^TYPE_MISMATCH/);
  });
  it.each(NO_FUNCTION)('%s', async (call) => {
    for (const sql of [call, `try(${call})`]) {
      const { reason } = await harness.query(`SELECT ${sql} FROM samples`);
      expect(reason).toMatch(
        /^FUNCTION_NOT_FOUND: (line 1:\d+: )?Unexpected parameters \(.*\) for function \w+$/,
      );
    }
  });
});

describe('wherever two values meet', () => {
  it.each([
    'SELECT count(*) FROM samples a JOIN samples b ON a.device = b.day',
    'SELECT count(*) FROM samples a LEFT JOIN samples b ON a.device = b.device AND a.n = b.device',
    'SELECT count(*) FROM samples a JOIN (SELECT current_date AS d) x ON a.device = x.d',
    'SELECT count(*) FROM (SELECT device AS d FROM samples) WHERE d = 5',
    "SELECT count(*) FROM (SELECT max(n) AS m FROM samples) WHERE m = '5'",
    "WITH s AS (SELECT device FROM samples) SELECT count(*) FROM s WHERE device = date '2024-01-01'",
    'SELECT max(device) = current_date FROM samples',
    'SELECT device FROM samples GROUP BY device HAVING max(device) > 5',
    'SELECT device FROM samples ORDER BY device = 5',
    'SELECT count(*) FILTER (WHERE device = 5) FROM samples',
    'SELECT sum(n) OVER (PARTITION BY device = 5) FROM samples',
    "SELECT filter(ARRAY['a'], x -> x = 5)",
    'SELECT transform(ARRAY[1], x -> if(x = device, 1)) FROM samples',
    'SELECT 1 WHERE EXISTS (SELECT 1 FROM samples WHERE device = 5)',
    "SELECT x FROM UNNEST(ARRAY[1, 2]) AS t(x) WHERE x = '1'",
    "VALUES (1, 'a'), (2, 3)",
    'SELECT count(*) FROM readings WHERE dt = current_date',
    'SELECT count(*) FROM readings WHERE dt >= 2026-11-25',
    'SELECT count(*) FROM readings WHERE hour = 5',
  ])('%s', async (sql) => {
    expect((await harness.query(sql)).reason).toMatch(/^TYPE_MISMATCH/);
  });
});

describe('what Athena compares is compared', () => {
  it.each([
    ['1 = 1.0', '1 = 1e0', 'CAST(1 AS real) < 2', 'n < temperature'],
    ["day = timestamp '2024-03-10 00:00:00'", 'day < current_timestamp', 'ts < current_timestamp'],
    [
      'NULL = 1 IS NULL',
      'coalesce(NULL, device) = device',
      'nullif(device, NULL) = device',
      'n IN (1, NULL, 2e0)',
    ],
    ['CASE WHEN flag THEN 1 ELSE 2.5 END > 0', 'greatest(1, 2e0) = 2', 'day IN (day, ts)'],
    ["'a' || NULL IS NULL", 'cardinality(ARRAY[1] || ARRAY[2]) = 2', "device LIKE 'd%'"],
  ])('%s', async (...conditions) => {
    for (const condition of conditions) {
      const { rows, reason } = await harness.query(`SELECT ${condition} FROM samples LIMIT 1`);
      expect([condition, reason, rows]).toEqual([condition, undefined, ['true']]);
    }
  });
});

describe('a hint says what was meant', () => {
  it.each([
    ['SELECT count(*) FROM readings WHERE dt >= 2026-11-25', "single quotes: '2026-11-25'"],
    ['SELECT count(*) FROM readings WHERE dt = current_date', 'a date text by CAST(x AS varchar)'],
  ])('%s', async (sql, hint) => {
    expect((await harness.query(sql)).reason).toContain(hint);
  });
  it('for a parameter, too', async () => {
    const { reason } = await harness.query('SELECT count(*) FROM readings WHERE dt >= ?', {
      ExecutionParameters: ['2026-11-25'],
    });
    expect(reason).toMatch(
      /^TYPE_MISMATCH: line 1:40: Cannot apply operator: varchar <= integer.*single quotes/,
    );
  });
});

it('a long expression of many parts is still planned in no time', TIMED, async () => {
  const sum = Array.from({ length: 60 }, (_, i) => (i % 2 ? 'temperature' : 'x / 3')).join(' - ');
  const text = Array.from({ length: 60 }, () => 'y').join(' || ');
  const cases = Array.from({ length: 40 }, (_, i) => `WHEN x = ${i} THEN y`).join(' ');
  const start = performance.now();
  const { reason } = await harness.query(
    `SELECT ${sum}, ${text}, CASE ${cases} ELSE y END FROM (SELECT n + 1 AS x, lower(device) AS y, temperature FROM samples)`,
  );
  expect(reason).toBeUndefined();
  expect(performance.now() - start).toBeLessThan(20_000);
});
