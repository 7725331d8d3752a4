/**
 * TRY gives the value that the expression has without it, or NULL where Athena's own error would be. A refusal of ours
 * is never hidden: it is decided before the query runs, or goes through TRY.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHarness, type Harness, plainTable } from './support/harness.ts';

/** Rows in which everything can go wrong. */
const ROWS = `SELECT * FROM (VALUES
  (0::BIGINT, 0e0::DOUBLE, '2026-01-01T00:00:00.000Z', TIMESTAMP '2024-03-10 00:00:00'),
  (1, -1.5e0, '2026-01-01T12:00:00+05:30', TIMESTAMP '2024-02-29 23:59:59.999'),
  (-7, 12345678.9e0, 'n/a', NULL),
  (9223372036854775807, 'NaN'::DOUBLE, '42', TIMESTAMP '1969-12-31 23:59:59'),
  (NULL, NULL, '2026-02-30T00:00:00.000Z', TIMESTAMP '2024-03-10 00:00:00')
) v(n, x, s, t)`;

let harness: Harness;
beforeAll(async () => {
  harness = createHarness({ tables: [plainTable('odd', 'n bigint, x double, s string, t timestamp')] });
  await harness.write('odd/all.parquet', ROWS);
});
afterAll(() => harness.close());

/** What Athena's TRY catches. */
const CAUGHT =
  /^(DIVISION_BY_ZERO|INVALID_CAST_ARGUMENT|INVALID_FUNCTION_ARGUMENT|NUMERIC_VALUE_OUT_OF_RANGE): /;

type Text = fc.Arbitrary<string>;
interface Leaves {
  number: string;
  text: string;
  time: string;
  boolean: string;
}

const { number, text, time, boolean } = fc.letrec<Leaves>((tie) => {
  const [n, s, t, b] = [tie('number'), tie('text'), tie('time'), tie('boolean')] as [Text, Text, Text, Text];
  const of = (make: (...parts: string[]) => string, ...parts: fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
    fc.tuple(...parts).map((made) => make(...made));
  return {
    number: fc.oneof(
      { maxDepth: 2 },
      fc.constantFrom('n', 'x', '0', '1', '-3', '2.5e0', '0e0', '1e300', 'NULL'),
      of((a, c) => `(${a} / ${c})`, n, n),
      of((a, c) => `(${a} % ${c})`, n, n),
      of((a, c) => `(${a} + ${c})`, n, n),
      of((a, c) => `(${a} * ${c})`, n, n),
      of((a) => `sqrt(${a})`, n),
      of((a) => `ln(${a})`, n),
      of((a) => `acos(${a})`, n),
      of((a) => `log10(${a})`, n),
      of((a) => `abs(${a})`, n),
      of((a) => `CAST(${a} AS integer)`, fc.oneof(n, s)),
      of((a) => `CAST(${a} AS double)`, fc.oneof(n, s)),
      of((a) => `TRY_CAST(${a} AS bigint)`, fc.oneof(n, s)),
      of((a) => `length(${a})`, s),
      of((a) => `to_unixtime(${a})`, t),
      of((a, c) => `date_diff('hour', ${a}, ${c})`, t, t),
      of((a) => `year(${a})`, t),
      of((a, c) => `coalesce(${a}, ${c})`, n, n),
      of((a, c, d) => `if(${a}, ${c}, ${d})`, b, n, n),
      of((a, c) => `nullif(${a}, ${c})`, n, n),
      of((a, c) => `element_at(ARRAY[${a}], TRY_CAST(${c} AS integer))`, n, n),
      of((a) => `ARRAY[1, 2][TRY_CAST(${a} AS integer)]`, n),
      of((a) => `cardinality(sequence(1, TRY_CAST(${a} AS bigint)))`, n),
      of((a) => `width_bucket(${a}, 0, 10, 5)`, n),
      of((a) => `cardinality(transform(ARRAY[1, 0], e -> ${a} / e))`, n),
    ),
    text: fc.oneof(
      { maxDepth: 2 },
      fc.constantFrom('s', "'42'", "'x'", "'2026-01-01T00:00:00+01:00'", "''", 'NULL'),
      of((a) => `CAST(${a} AS varchar)`, fc.oneof(n, b)),
      of((a, c) => `(${a} || ${c})`, s, s),
      of((a, c) => `concat_ws(',', ${a}, ${c})`, s, s),
      of((a, c) => `substr(${a}, TRY_CAST(${c} AS integer))`, s, n),
      of((a, c) => `split_part(${a}, ${c}, 1)`, s, s),
      of((a, c) => `lpad(${a}, TRY_CAST(${c} AS integer) % 20, 'p')`, s, n),
      of((a) => `format('%d|%.2f', TRY_CAST(${a} AS bigint), CAST(${a} AS double))`, n),
      of((a) => `date_format(${a}, '%Y-%m-%d')`, t),
      of((a) => `to_iso8601(${a})`, t),
      of((a, c, d) => `CASE WHEN ${a} THEN ${c} ELSE ${d} END`, b, s, s),
      of((a, c) => `coalesce(${a}, ${c})`, s, s),
      of((a) => `json_extract_scalar(${a}, '$.a')`, s),
    ),
    time: fc.oneof(
      { maxDepth: 2 },
      fc.constantFrom('t', "timestamp '2024-01-31 00:00:00'"),
      of((a) => `from_iso8601_timestamp(${a})`, s),
      of((a) => `from_unixtime(${a})`, n),
      of((a) => `date_parse(${a}, '%Y-%m-%d')`, s),
      of((a) => `CAST(${a} AS timestamp)`, s),
      of((a) => `date_trunc('hour', ${a})`, t),
      of((a, c) => `date_add('day', TRY_CAST(${a} AS integer) % 1000, ${c})`, n, t),
      of((a) => `(${a} - interval '1' month)`, t),
    ),
    boolean: fc.oneof(
      { maxDepth: 2 },
      fc.constantFrom('true', 'false'),
      of((a, c) => `(${a} > ${c})`, n, n),
      of((a, c) => `(${a} = ${c})`, s, s),
      of((a, c) => `(${a} < ${c})`, t, t),
      of((a) => `(${a} IS NULL)`, fc.oneof(n, s, t)),
      of((a, c, d) => `(${a} IN (${c}, ${d}))`, n, n, n),
      of((a, c, d) => `(${a} BETWEEN ${c} AND ${d})`, n, n, n),
      of((a, c) => `(${a} AND ${c})`, b, b),
      of((a, c) => `(${a} OR NOT ${c})`, b, b),
      of((a) => `regexp_like(${a}, '^[0-9]')`, s),
    ),
  };
});

describe('TRY', () => {
  it('gives the value that there is without it, or NULL for what Athena catches', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(number, text, time, boolean), async (expression) => {
        const outside = await rowByRow(expression);
        const whole = await harness.query(`SELECT try(${expression}) FROM odd`);
        // A refusal of ours for any row, or of the whole expression, is the query's.
        const hidden = outside.find((one) => one.reason !== undefined && !CAUGHT.test(one.reason));
        if (hidden) {
          expect([expression, whole.state]).toEqual([expression, 'FAILED']);
          return;
        }
        expect([expression, whole.reason]).toEqual([expression, undefined]);
        expect([expression, whole.rows]).toEqual([expression, outside.map(({ value }) => value)]);
      }),
      { numRuns: 12 },
    );
  }, 120_000);
});

interface Outside {
  value: string;
  reason: string | undefined;
}

/** The expression for each row alone: its value, or NULL and the error. */
async function rowByRow(expression: string): Promise<Outside[]> {
  const all = await harness.query(`SELECT ${expression} FROM odd`);
  if (all.reason === undefined) return all.rows.map((value) => ({ value, reason: undefined }));
  const rows: Outside[] = [];
  for (let row = 1; row <= 5; row++) {
    const one = await harness.query(
      `SELECT ${expression} FROM (SELECT *, row_number() OVER () AS r FROM odd) WHERE r = ${row}`,
    );
    rows.push({ value: one.rows[0] ?? 'NULL', reason: one.reason });
  }
  return rows;
}

describe('a refusal of ours is one inside TRY, too', () => {
  it.each([
    "from_iso8601_timestamp('2026-01-01T00:00:00+01:00')",
    "from_iso8601_timestamp(s || '')",
    "from_iso8601_timestamp('2026-W01')",
    "hour(from_iso8601_timestamp('2026-01-01T00:00:00+15:00'))",
    '1.0 / 3',
    'avg(1.5)',
    "at_timezone(t, 'Europe/Berlin')",
    'round(1.55, 1)',
    'reverse(ARRAY[1])',
    'typeof(n)',
    "split_part('abc', substr(s, 1, 0), 1)",
    "format('%f', 1e20)",
    "regexp_like('a', '(?=a)')",
    "regexp_like('a', s)",
    "CAST(interval '1' day AS varchar)",
  ])('%s', async (expression) => {
    for (const sql of [`try(${expression})`, `try(coalesce(${expression}, NULL))`]) {
      expect((await harness.query(`SELECT ${sql} FROM odd`)).reason).toMatch(/^NOT_SUPPORTED_LOCALLY: /);
    }
  });
});

describe('an error inside makes the whole NULL', () => {
  it.each([
    '1 / 0 IS NULL',
    'ARRAY[1 / 0]',
    "concat_ws(',', 'a', CAST(1 / 0 AS varchar))",
    'coalesce(1 / 0, 5)',
    '1 / 0 IN (1, 2)',
    '3 IN (1 / 0, 3)',
    'CASE WHEN 1 / 0 = 1 THEN 1 ELSE 2 END',
    'if(1 / 0 IS NULL, 1, 2)',
    'cardinality(filter(ARRAY[1, 0], e -> 1 / e = 1))',
    'element_at(MAP(ARRAY[1], ARRAY[1]), 1 / 0)',
    'try(1 / 0) + 1 / 0',
    // What gives NULL by itself, where TRY takes its value, must fail where something else does.
    "from_iso8601_timestamp('n/a')",
    "from_iso8601_timestamp('n/a') IS NULL",
    "coalesce(from_iso8601_timestamp('n/a'), current_timestamp)",
    "coalesce(from_iso8601_timestamp('n/a') AT TIME ZONE 'UTC', current_timestamp)",
    "if(from_iso8601_timestamp('n/a') > current_timestamp, 1, 2)",
    "CAST(from_iso8601_timestamp('n/a') AS timestamp) IS NULL",
    "year(from_iso8601_timestamp('2026-02-30T00:00:00.000Z')) IN (1, 2)",
    "to_unixtime(from_iso8601_timestamp(date_format(date_parse('n/a', '%Y'), '%Y')))",
    "coalesce(date_parse('n/a', '%Y'), localtimestamp)",
    "date_parse('n/a', '%Y') IS NULL",
  ])('%s', async (expression) => {
    expect((await harness.query(`SELECT try(${expression})`)).rows).toEqual(['NULL']);
  });
  it('and what is outside of it fails', async () => {
    expect((await harness.query('SELECT TRY_CAST(1 / 0 AS varchar)')).reason).toMatch(/^DIVISION_BY_ZERO/);
    expect((await harness.query("SELECT TRY_CAST(CAST('x' AS integer) AS varchar)")).reason).toMatch(
      /^INVALID_CAST_ARGUMENT/,
    );
  });
});

it('never gives up memory that is in use: many rows, half of which fail, in every form', async () => {
  const sql = (expression: string) => `SELECT count(*) FROM (
      SELECT i, CASE WHEN i % 2 = 0 THEN CAST(i AS varchar) ELSE 'n/a' END AS s
      FROM UNNEST(sequence(1, 3000)) AS t(i)
    ) WHERE try(${expression}) IS DISTINCT FROM ${expression.replaceAll('CAST(s AS', 'TRY_CAST(s AS')}`;
  for (const expression of [
    'CAST(s AS bigint)',
    'if(i % 3 = 0, CAST(s AS bigint), i)',
    'if(i % 3 = 0, lower(s), CAST(CAST(s AS bigint) AS varchar))',
  ]) {
    for (let round = 0; round < 3; round++) {
      expect((await harness.query(sql(expression))).rows).toEqual(['0']);
    }
  }
  const counted = await harness.query(
    `SELECT count(*) FROM (SELECT try(coalesce(nullif(CAST(s AS bigint), 4), i)) AS v, i FROM (
       SELECT i, CASE WHEN i % 2 = 0 THEN CAST(i AS varchar) ELSE 'n/a' END AS s FROM UNNEST(sequence(1, 3000)) AS t(i)
     )) WHERE (i % 2 = 0 AND v = i) OR (i % 2 = 1 AND v IS NULL)`,
  );
  expect(counted.rows).toEqual(['3000']);
});
