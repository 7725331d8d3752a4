/** More of the dialect, beyond the common ground of `dialect-cases.ts`: edges, and what must be refused. */
import type { Case } from './dialect-cases.ts';

export const MORE: Record<string, readonly Case[]> = {
  'odd literals and operators': [
    ['SELECT -0e0, 0.49999999999999994e0, 7%-2, -7 %+ 2', '-0.0 | 0.49999999999999994 | 1 | -1'],
    ['SELECT from_unixtime(1000000000123)', '+33658-09-27 01:48:43.000 UTC'],
  ],
  'texts that name no whole date': [
    [
      `SELECT date_parse('10:30', '%H:%i'), date_parse('12 AM', '%h %p')`,
      '1970-01-01 10:30:00.000 | 1970-01-01 00:00:00.000',
    ],
    [
      `SELECT date_parse('Feb 29', '%b %e'), date_parse('060', '%j')`,
      '2000-02-29 00:00:00.000 | 2000-02-29 00:00:00.000',
    ],
    [
      `SELECT date_parse('69', '%y'), date_parse('70', '%y')`,
      '2069-01-01 00:00:00.000 | 1970-01-01 00:00:00.000',
    ],
    [
      `SELECT parse_datetime('10:30', 'HH:mm'), parse_datetime('69', 'yy')`,
      '1970-01-01 10:30:00.000 UTC | 2069-01-01 00:00:00.000 UTC',
    ],
    [`SELECT date_parse('mon jan 5 2026', '%a %b %e %Y')`, '2026-01-05 00:00:00.000'],
    [
      `SELECT try(date_parse('10:77', '%H:%i')), try(date_parse(' 2026', '%Y')), date_parse(NULL, '%H')`,
      'NULL | NULL | NULL',
    ],
  ],
  // The engine skips white space and takes a sign where Athena wants a digit.
  'texts that are almost times': [
    ...[
      ' 026-01-15T01:02:03.456Z',
      '\t\n26-01-15T01:02:03.456Z',
      '2026-01-15T 1:02:03.456Z',
      '2026-01-15T\t1:02:03.456Z',
      '2026-01-15T-1:02:03.456Z',
      '2026-+1-15T01:02:03.456Z',
      '2026-01-15T01:02: 3.456Z',
      '2026-01-15T01:02:03. 56Z',
    ].map(
      (almost): Case => [
        `SELECT try(from_iso8601_timestamp(x)), hour(try(from_iso8601_timestamp(x))), date_diff('hour', try(from_iso8601_timestamp(x)), now()),
       CASE WHEN x LIKE '____-__-__T__:__:__.___Z' THEN try(from_iso8601_timestamp(x)) END FROM (VALUES '${almost}') t(x)`,
        'NULL | NULL | NULL | NULL',
      ],
    ),
  ],
  'numbers of text, and decimals of doubles': [
    [
      `SELECT CAST('1.5e0' AS decimal(3, 1)), try_cast('x' AS decimal(3, 1)), CAST('-1.25' AS decimal(3, 1)), CAST('+NaN' AS double)`,
      '1.5 | NULL | -1.3 | NaN',
    ],
    [
      'SELECT CAST(1.005e0 AS decimal(5, 2)), CAST(-1.005e0 AS decimal(5, 2)), CAST(0.285e0 AS decimal(5, 2)), CAST(1e-9 AS decimal(5, 2)), CAST(5e0 AS decimal(5, 2))',
      '1.01 | -1.01 | 0.29 | 0.00 | 5.00',
    ],
    [
      'SELECT CAST(max(x) AS decimal(5, 2)), CAST(element_at(array_agg(x), 1) AS decimal(5, 2)) FROM (VALUES 1.005e0) t(x)',
      '1.01 | 1.01',
    ],
    [
      'SELECT CAST(element_at(ARRAY[1.25], 1) AS decimal(5, 1)), CAST(CAST(1.005 AS real) AS decimal(5, 2))',
      '1.3 | 1.01',
    ],
  ],
  'odd texts': [
    [
      `SELECT regexp_extract('foo', 'foo(bar)?', 1), regexp_extract('x1', '(a)|(x)', 1), regexp_extract('z', '(a)', 1), regexp_extract_all('ab', '(a)|b', 1)`,
      'NULL | NULL | NULL | [a, null]',
    ],
    [
      `SELECT replace('abc', '', 'x'), replace('abc', '', '\\1'), replace('', '', 'x'), replace('aXbX', 'X', '\\0')`,
      'xaxbxcx | \\1a\\1b\\1c\\1 | x | a\\0b\\0',
    ],
    [`SELECT upper('éa'), upper(NULL)`, 'ÉA | NULL'],
    [
      `SELECT regexp_extract('foobar', 'foo(bar)?', 1), regexp_extract('x1', '(a|x)1', 1), regexp_extract('a', '(b*)a', 1)`,
      'bar | x | ',
    ],
    [
      `SELECT regexp_replace('abc', '', '-'), regexp_replace('aab', 'a*', ''), regexp_replace('  a', '^ *', '>')`,
      '-a-b-c- | b | >a',
    ],
    [`SELECT 'a%c' LIKE 'a\\%c' ESCAPE '\\', 'a\\c' LIKE 'a\\\\c' ESCAPE '\\'`, 'true | true'],
    [
      `SELECT json_extract_scalar('{"a": 1.5, "b": 100.0}', '$.a'), json_extract_scalar('{"a":-0.25}', '$.a'), json_extract_scalar('{"a":NaN}', '$.a')`,
      '1.5 | -0.25 | NULL',
    ],
  ],
  'NaN, where nothing compares it': [
    ['SELECT 0e0 / 0, x / y FROM (VALUES (0e0, 0e0)) t(x, y)', 'NaN | NaN'],
    ['SELECT r FROM (SELECT x / y AS r, x AS q FROM (VALUES (0e0, 0e0)) t(x, y)) WHERE q = 0', 'NaN'],
    [
      'SELECT r FROM (SELECT x / y AS r FROM (VALUES (6e0, 3e0), (1e0, 0e0)) t(x, y)) WHERE r > 1 ORDER BY r',
      '2.0',
      'Infinity',
    ],
    ['SELECT 1 WHERE 0e0 / 5 < 1', '1'],
    [
      'SELECT site FROM samples GROUP BY site HAVING sum(temperature) / count(*) > 1000 OR max(cpu) / min(cpu) < 0',
    ],
    [
      'SELECT max(r) FROM (SELECT sum(temperature) / count(*) AS r FROM samples GROUP BY site) WHERE r < 0',
      'NULL',
    ],
  ],
  'numbers keep their type': [
    ['SELECT ceil(5), ceil(5.5e0), floor(-1.5e0), ceil(5.5)', '5 | 6.0 | -2.0 | 6'],
    ['SELECT round(2.5e0), round(-2.5e0), CAST(-2.5e0 AS integer)', '3.0 | -3.0 | -3'],
    [
      'SELECT 1e10, 1.5e-5, 123456789.125e0, 100.0 * 3, 0.1 + 0.2',
      '1.0E10 | 1.5E-5 | 1.23456789125E8 | 300.0 | 0.3',
    ],
    ['SELECT 9007199254740993, 9223372036854775807', '9007199254740993 | 9223372036854775807'],
    ['SELECT -7 / 2, -7 % 2, 7 / -2, mod(-7, 3)', '-3 | -1 | -3 | -1'],
    ['SELECT 100e0 * count_if(temperature > 25) / count(*) FROM samples', '60.0'],
    ['SELECT count_if(temperature > 25) FROM samples WHERE temperature > 1000', '0'],
    ['SELECT count_if(x > 1) FROM (VALUES CAST(NULL AS integer)) t(x)', '0'],
    ['SELECT CAST(x AS bigint) FROM (VALUES 0.5e0, 1.5e0, -2.5e0, 2.4e0) t(x)', '1', '2', '-3', '2'],
    ['SELECT infinity(), -infinity(), is_nan(nan())', 'Infinity | -Infinity | true'],
    ['SELECT sum(x) FROM (VALUES (1.5), (2.5)) t(x)', '4.0'],
  ],
  'floats of 32 bits': [
    [
      'SELECT CAST(0.1 AS real), CAST(1e10 AS real), CAST(temperature AS real) FROM samples LIMIT 1',
      '0.1 | 1.0E10 | 10.0',
    ],
  ],
  'text edges': [
    [
      `SELECT substr('hello', 0), substr('hello', -9), substr('hello', 2, 100), substring('hello' FROM 2 FOR 2)`,
      ' |  | ello | el',
    ],
    [`SELECT split_part('a-b', '-', 3), regexp_extract('abc', 'z'), replace('a-b', '-')`, 'NULL | NULL | ab'],
    [
      `SELECT regexp_replace('2024-01', '(\\d+)-(\\d+)', '$2/$1'), lpad('7', 3, '0'), position('l' IN 'hello')`,
      '01/2024 | 007 | 3',
    ],
    [`SELECT format('%5d|%-4s|%,d|%.2f%%', 42, 'ab', 1234567, 2.675e0)`, '   42|ab  |1,234,567|2.68%'],
    [`SELECT 'it''s', concat('a', 'b', 'c'), 'x' || NULL`, `it's | abc | NULL`],
  ],
  'dates stay dates': [
    [
      `SELECT date_trunc('month', DATE '2024-02-10'), date_add('day', 1, DATE '2024-02-29')`,
      '2024-02-01 | 2024-03-01',
    ],
    [
      `SELECT DATE '2024-01-31' + interval '1' month, DATE '2024-03-01' - interval '1' day`,
      '2024-02-29 | 2024-02-29',
    ],
    [
      `SELECT DATE '2024-03-10' - DATE '2024-03-01', TIMESTAMP '2024-01-01 00:00:00' - TIMESTAMP '2023-12-31 22:30:00'`,
      '9 00:00:00.000 | 0 01:30:00.000',
    ],
    [
      `SELECT date_diff('month', DATE '2024-01-31', DATE '2024-03-30'), date_diff('day', TIMESTAMP '2024-01-01 12:00:00', TIMESTAMP '2024-01-02 11:00:00')`,
      '1 | 0',
    ],
    [
      `SELECT x FROM UNNEST(sequence(DATE '2024-02-28', DATE '2024-03-01', INTERVAL '1' DAY)) AS t(x)`,
      '2024-02-28',
      '2024-02-29',
      '2024-03-01',
    ],
    [
      `SELECT date_format(at_timezone(from_iso8601_timestamp('2024-07-01T12:00:00Z'), 'Europe/Berlin'), '%H:%i')`,
      '14:00',
    ],
    [
      `SELECT extract(week FROM ts), extract(dow FROM ts), year_of_week(DATE '2024-12-30') FROM samples LIMIT 1`,
      '10 | 7 | 2025',
    ],
    [
      `SELECT date_diff('millisecond', TIMESTAMP '2024-03-10 00:00:00 UTC', try(from_iso8601_timestamp(x)))
       FROM (VALUES '2024-03-10T23:59:59.999Z', '2024-03-10T24:00:00.000Z', '2024-03-10T24:00:00.001Z',
       '2024-03-10T25:00:00.000Z', '2024-03-10T23:59:60.000Z') AS t(x)`,
      '86399999',
      ...Array<string>(4).fill('NULL'),
    ],
    [
      `SELECT to_iso8601(from_iso8601_timestamp('2024-03-10T01:00:00Z')), from_iso8601_date('2024-03-10')`,
      '2024-03-10T01:00:00.000Z | 2024-03-10',
    ],
    [
      `SELECT CAST(ts AS varchar), CAST(date(ts) AS varchar) FROM samples WHERE device = 'd2'`,
      '2024-03-10 01:45:59.999 | 2024-03-10',
    ],
  ],
  'what was refused once': [
    [`SELECT max(CAST(ts AS date)) - interval '1' day FROM samples`, '2024-03-30'],
    [`SELECT date_trunc('month', max(date(ts))) FROM samples`, '2024-03-01'],
    ['SELECT max(date(ts)) - min(date(ts)) FROM samples', '21 00:00:00.000'],
    ['SELECT ceil(count(*)), floor(sum(CAST(cpu AS bigint))) FROM samples', '5 | 11'],
    [`SELECT format('%d|%s|%.2f|%6s', NULL, NULL, NULL, NULL)`, 'null|null|nu|  null'],
    [
      "SELECT sequence(3, 1), sequence(DATE '2024-01-31', DATE '2024-04-30', interval '1' month)",
      '[3, 2, 1] | [2024-01-31, 2024-02-29, 2024-03-31, 2024-04-30]',
    ],
    ['SELECT width_bucket(5, 10, 0, 5), width_bucket(11, 10, 0, 5)', '3 | 0'],
    ['SELECT contains(ARRAY[1], NULL), contains(NULL, 1), array_position(ARRAY[1, 2], 2)', 'NULL | NULL | 2'],
  ],
  // The type of an aggregate is known later than that of a column: checks that depend on it must work for both.
  'times of aggregates and windows': [
    [
      `SELECT date_trunc('second', max(from_iso8601_timestamp(iso))), date_trunc('hour', max(ts)), date_format(max(ts), '%H:%i') FROM samples`,
      '2024-03-31 05:00:00.000 UTC | 2024-03-31 05:00:00.000 | 05:00',
    ],
    [
      `SELECT max(ts) - min(ts), max(ts) - interval '1' hour, date_add('day', 1, max(ts)), date_diff('day', min(ts), max(ts)) FROM samples`,
      '21 04:44:29.750 | 2024-03-31 04:00:00.000 | 2024-04-01 05:00:00.000 | 21',
    ],
    [
      `SELECT CAST(max(ts) AS varchar), to_iso8601(max(ts)), to_iso8601(max(from_iso8601_timestamp(iso))), CAST(max(temperature) AS varchar) FROM samples`,
      '2024-03-31 05:00:00.000 | 2024-03-31T05:00:00.000 | 2024-03-31T05:00:00.000Z | 50.0',
    ],
    [`SELECT ts - lag(ts) OVER (ORDER BY ts) FROM samples ORDER BY ts LIMIT 2`, 'NULL', '0 01:04:29.750'],
    [
      `SELECT max(temperature) - min(temperature), ceil(avg(temperature)), sum(temperature) / 2, count(*) - 1 FROM samples`,
      '40.0 | 30.0 | 75.0 | 4',
    ],
    [
      `SELECT hour(max(ts) AT TIME ZONE 'America/New_York'), CAST(max(ts) AS timestamp) FROM samples`,
      '1 | 2024-03-31 05:00:00.000',
    ],
    [
      `SELECT date_trunc('hour', (SELECT max(ts) FROM samples)), max(cast(ts AS date)) FROM samples`,
      '2024-03-31 05:00:00.000 | 2024-03-31',
    ],
  ],
  'timestamp literals': [
    [
      `SELECT TIMESTAMP '2024-03-10 01:00:00 UTC', TIMESTAMP '2024-03-10 01:00', CAST('2024-03-10' AS timestamp)`,
      '2024-03-10 01:00:00.000 UTC | 2024-03-10 01:00:00.000 | 2024-03-10 00:00:00.000',
    ],
  ],
  'NULLs in aggregates': [
    [
      `SELECT max_by(cpu, temperature), min_by(cpu, temperature) FROM samples WHERE site = 's2' AND temperature < 45`,
      'NULL | NULL',
    ],
    ['SELECT max_by(cpu, temperature, 2) FROM samples', '[5.0, null]'],
    ['SELECT array_agg(cpu ORDER BY temperature) FROM samples', '[1.0, 2.0, 3.0, null, 5.0]'],
    [
      'SELECT count(cpu), sum(cpu), stddev(cpu), corr(cpu, cpu) FROM samples WHERE cpu = 5',
      '1 | 5.0 | NULL | NULL',
    ],
    [
      'SELECT sum(cpu), array_agg(cpu), map_agg(device, cpu), count(*) FROM samples WHERE cpu > 99',
      'NULL | NULL | NULL | 0',
    ],
    ['SELECT map_agg(device, temperature) FROM samples', '{d1=10.0, d2=30.0, d3=40.0}'],
    ['SELECT approx_distinct(site), approx_percentile(temperature, 0.95) FROM samples', '2 | 50.0'],
    [
      `SELECT listagg(device, ',') WITHIN GROUP (ORDER BY device DESC) FILTER (WHERE cpu > 1) FROM samples`,
      'd3,d2,d1',
    ],
  ],
  'arrays and JSON edges': [
    [`SELECT element_at(ARRAY[1, 2], 5), element_at(MAP(ARRAY['a'], ARRAY[1]), 'b')`, 'NULL | NULL'],
    [
      'SELECT contains(ARRAY[1, NULL], 2), contains(ARRAY[1, NULL], 1), array_position(ARRAY[1], 9)',
      'NULL | true | 0',
    ],
    [`SELECT t.k, t.v FROM UNNEST(ARRAY['x', 'y'], ARRAY[1]) AS t(k, v)`, 'x | 1', 'y | NULL'],
    [
      `SELECT json_extract_scalar('{"a":{}}', '$.a'), json_extract_scalar('no JSON', '$.a'), json_extract('{"a":{"b":1}}', '$.a')`,
      'NULL | NULL | {"b":1}',
    ],
    [
      `SELECT CAST(json_extract(doc, '$.a.b') AS varchar), json_array_length('[1,2]') FROM samples WHERE temperature = 10`,
      'x | 2',
    ],
    ['SELECT ARRAY[1e0, NULL], ARRAY[true], cardinality(ARRAY[1, 2])', '[1.0, null] | [true] | 2'],
  ],
  'columns with the name of their database': [
    [
      'SELECT lake.samples.device, "AwsDataCatalog"."lake"."samples"."site" FROM lake.samples WHERE LAKE.Samples.temperature > 45 GROUP BY lake.samples.device, awsdatacatalog.lake.samples.site',
      'd3 | s2',
    ],
    ['SELECT count(lake.samples.cpu) FROM samples JOIN (SELECT 1 AS one) s ON lake.samples.cpu > s.one', '3'],
  ],
  'all columns of a table with its database': [
    ['SELECT count(*) FROM (SELECT lake.samples.* FROM lake.samples)', '5'],
    [
      'SELECT DISTINCT "AwsDataCatalog".lake.samples.*, 1 AS one FROM samples WHERE temperature = 40 ORDER BY ts',
      'd3 | s2 | 40.0 | NULL | 2024-03-11 23:59:59.001 | 2024-03-11T23:59:59.001Z | {} | 1',
    ],
  ],
  'IGNORE NULLS': [
    [
      `SELECT i, lag(x) IGNORE NULLS OVER w, lag(x, 2, -1) IGNORE NULLS OVER w, lead(x) ignore nulls OVER w, lag(x, 0) IGNORE NULLS OVER w, lag(x) RESPECT NULLS OVER w
       FROM (VALUES (1, NULL), (2, 20), (3, NULL), (4, 40), (5, NULL)) t(i, x) WINDOW w AS (ORDER BY i) ORDER BY i`,
      '1 | NULL | -1 | 20 | NULL | NULL',
      '2 | NULL | -1 | 40 | 20 | NULL',
      '3 | 20 | -1 | 40 | NULL | 20',
      '4 | 20 | -1 | NULL | 40 | NULL',
      '5 | 40 | 20 | NULL | NULL | 40',
    ],
    [
      `SELECT first_value(x) IGNORE NULLS OVER (ORDER BY i), last_value(x) IGNORE NULLS OVER (ORDER BY i ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), nth_value(x, 2) IGNORE NULLS OVER (ORDER BY i)
       FROM (VALUES (1, NULL), (2, 20), (3, NULL), (4, 40)) t(i, x) ORDER BY i`,
      'NULL | NULL | NULL',
      '20 | 20 | NULL',
      '20 | 20 | NULL',
      '20 | 40 | 40',
    ],
    [
      'SELECT last_value(cpu) IGNORE NULLS OVER (ORDER BY ts) FROM samples ORDER BY ts OFFSET 3 LIMIT 1',
      '3.0',
    ],
  ],
  'lambdas of two values': [
    [
      `SELECT zip_with(ARRAY[1, 2, 3], ARRAY[10, 20], (x, y) -> x + y), zip_with(ARRAY['a'], ARRAY['b'], (x, y) -> y || x), zip_with(NULL, ARRAY[1], (x, y) -> y)`,
      '[11, 22, null] | [ba] | NULL',
    ],
    [
      `SELECT zip_with(array_agg(temperature ORDER BY ts), array_agg(cpu ORDER BY ts), (t, c) -> coalesce(t - c, -1e0)) FROM samples`,
      '[9.0, 18.0, 27.0, -1.0, 45.0]',
    ],
    [
      `SELECT zip_with(ARRAY[ARRAY[1], ARRAY[2]], ARRAY[5, 6], (a, n) -> zip_with(a, ARRAY[n], (x, y) -> x * y + n)), transform(ARRAY[1, 2], z -> zip_with(ARRAY[z], ARRAY[3], (x, y) -> x + y + z))`,
      '[[10], [18]] | [[5], [7]]',
    ],
    [
      `SELECT transform_values(m, (k, v) -> v * 2 + length(k)), transform_keys(m, (k, v) -> k || coalesce(CAST(v AS varchar), '-')), map_filter(m, (k, v) -> v > 1), transform_values(NULL, (k, v) -> v)
       FROM (SELECT MAP(ARRAY['a', 'bb', 'c'], ARRAY[1, 2, NULL]) AS m)`,
      '{a=3, bb=6, c=null} | {a1=1, bb2=2, c-=null} | {bb=2} | NULL',
    ],
    [
      `SELECT transform_values(map_agg(device, temperature), (k, v) -> v / 10), cardinality(map_filter(map_agg(device, temperature), (k, v) -> k > 'd1')) FROM samples`,
      '{d1=1.0, d2=3.0, d3=4.0} | 2',
    ],
  ],
  'lambdas of two values, in odd places': [
    [
      `SELECT device, zip_with(ARRAY[1], ARRAY[2], (temperature, cpu) -> temperature - cpu) FROM samples GROUP BY device HAVING array_max(zip_with(array_agg(temperature), array_agg(1e0), (t, o) -> t + o)) > 40 ORDER BY 1`,
      'd3 | [-1]',
    ],
    [
      `SELECT try(zip_with(ARRAY[1], ARRAY[0], (x, y) -> x / y)), try(transform_values(MAP(ARRAY['a'], ARRAY['x']), (k, v) -> CAST(v AS integer))), array_max(x) FROM (VALUES ARRAY[2, 1], ARRAY[1, NULL]) t(x) ORDER BY 3`,
      'NULL | NULL | 2',
      'NULL | NULL | NULL',
    ],
    [
      `SELECT site, zip_with(array_agg(device ORDER BY ts), array_agg(temperature ORDER BY ts), (d, t) -> d || ':' || CAST(CAST(t AS integer) AS varchar)) FROM samples WHERE cpu > 1 GROUP BY site ORDER BY site`,
      's1 | [d1:20, d2:30]',
      's2 | [d3:50]',
    ],
  ],
  'the extremes of arrays': [
    [
      `SELECT array_max(ARRAY[1, 3, 2]), array_min(ARRAY['b', 'a']), array_max(ARRAY[1, NULL]), array_min(ARRAY[1.5e0, -2e0]), array_max(NULL)`,
      '3 | a | NULL | -2.0 | NULL',
    ],
    [
      `SELECT array_max(array_agg(temperature)), array_min(array_agg(cpu)), array_max(array_agg(ts)), array_max(filter(array_agg(cpu), c -> c IS NOT NULL)), array_min(filter(ARRAY[1], x -> x > 1)) FROM samples`,
      '50.0 | NULL | 2024-03-31 05:00:00.000 | 5.0 | NULL',
    ],
  ],
  'seconds in a zone': [
    [
      `SELECT date_format(from_unixtime(1720000000, 'Europe/Berlin'), '%Y-%m-%d %H:%i'), CAST(from_unixtime(1720000000, 'Asia/Kolkata') AS timestamp), from_unixtime(0, 'UTC')`,
      '2024-07-03 11:46 | 2024-07-03 15:16:40.000 | 1970-01-01 00:00:00.000 UTC',
    ],
    [`SELECT from_unixtime(1720000000, 'Europe/Berlin') = from_unixtime(1720000000)`, 'true'],
  ],
  'differences in calendars': [
    [
      `SELECT date_diff('hour', ts AT TIME ZONE 'Europe/Berlin', from_iso8601_timestamp('2024-03-31T07:00:00+02:00')) FROM samples WHERE temperature = 50`,
      '0',
    ],
    [
      `SELECT date_diff('day', CAST(a AT TIME ZONE 'Europe/Berlin' AS timestamp), CAST(b AT TIME ZONE 'Europe/Berlin' AS timestamp)), date_diff('day', a, b), date_diff('hour', a, date(b))
       FROM (VALUES (from_iso8601_timestamp('2024-03-30T23:30:00Z'), from_iso8601_timestamp('2024-03-31T22:30:00Z'))) t(a, b)`,
      '1 | 0 | 0',
    ],
  ],
  'set operations': [
    ['SELECT 1 UNION SELECT 2.5 UNION SELECT 2.5e0 UNION SELECT NULL ORDER BY 1', '1.0', '2.5', 'NULL'],
    [`SELECT ts FROM samples INTERSECT SELECT DATE '2024-01-01'`],
  ],
  'names and clauses': [
    [
      'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4) SELECT sum(i) FROM n',
      '10',
    ],
    [
      'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 11) SELECT count(*), max(i) FROM n',
      '11 | 11',
    ],
    [
      `WITH RECURSIVE n(i, s) AS (VALUES (1, 'a') UNION SELECT x.i + 1, s || 'b' FROM n AS x WHERE x.i < 3), m(k) AS (SELECT count(*) FROM n) SELECT n.i, n.s, m.k FROM n, m ORDER BY 1`,
      '1 | a | 3',
      '2 | ab | 3',
      '3 | abb | 3',
    ],
    ['WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT 2) SELECT sum(i) FROM n', '3'],
    [
      'WITH RECURSIVE n(i) AS (SELECT 1 WHERE false UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n',
      '0',
    ],
    // A name of a WITH clause hides a table only after its own query.
    [
      "WITH samples AS (SELECT * FROM samples WHERE site = 's2'), x AS (SELECT count(*) AS c FROM samples) SELECT c FROM x",
      '2',
    ],
    ['WITH x AS (WITH x AS (SELECT 1 AS a) SELECT a FROM x) SELECT a FROM x', '1'],
    [
      'WITH x AS (SELECT device d, temperature t FROM samples) SELECT d, max(t) FROM x GROUP BY d ORDER BY d',
      'd1 | 20.0',
      'd2 | 30.0',
      'd3 | 50.0',
    ],
    [
      'SELECT a.device, b.temperature FROM samples a JOIN samples b ON a.device = b.device AND a.ts < b.ts ORDER BY 1',
      'd1 | 20.0',
      'd3 | 50.0',
    ],
    [
      'SELECT count(*) FROM samples s WHERE EXISTS (SELECT 1 FROM samples o WHERE o.site = s.site AND o.temperature > s.temperature)',
      '3',
    ],
    ["SELECT site FROM samples EXCEPT SELECT CAST('s1' AS varchar)", 's2'],
    ['SELECT device AS d FROM samples ORDER BY d DESC LIMIT 1', 'd3'],
    ["SELECT temperature AS device FROM samples WHERE device = 'd2'", '30.0'],
    ["SELECT try(1 / 0), try(CAST('x' AS integer)), try_cast('2.5' AS integer)", 'NULL | NULL | NULL'],
  ],
};

/** What Athena refuses too, with Athena's error name. */
export const ERRORS_OF_ATHENA: readonly (readonly [sql: string, reason: RegExp])[] = [
  [
    `SELECT date_parse(' 2026-01-01', '%Y-%m-%d')`,
    /^INVALID_FUNCTION_ARGUMENT: Invalid format: more white space/,
  ],
  [`SELECT date_parse('2026-01-01  10', '%Y-%m-%d %H')`, /^INVALID_FUNCTION_ARGUMENT/],
  [`SELECT date_parse('2026-02-30', '%Y-%m-%d')`, /^INVALID_FUNCTION_ARGUMENT: Cannot parse/],
  [
    `SELECT date_trunc('hour', DATE '2026-01-01')`,
    /^INVALID_FUNCTION_ARGUMENT: 'hour' is not a valid DATE field/,
  ],
  [
    `SELECT date_trunc('hour', d) FROM (SELECT date(ts) AS d FROM samples)`,
    /^INVALID_FUNCTION_ARGUMENT: 'hour'/,
  ],
  ...['24:00:00.000', '24:00:00.001', '25:00:00.000', '23:60:00.000'].map((time): [string, RegExp] => [
    `SELECT from_iso8601_timestamp('2026-01-02T${time}Z')`,
    /^INVALID_FUNCTION_ARGUMENT: Invalid format: "2026-01-02T/,
  ]),
  [`SELECT CAST('2026-01-02 24:00:00' AS timestamp)`, /^INVALID_CAST_ARGUMENT/],
  [`SELECT 'abc' LIKE 'a\\b' ESCAPE '\\'`, /^INVALID_FUNCTION_ARGUMENT: Escape character/],
  [
    'SELECT device AS d, count(*) FROM samples GROUP BY d',
    /^COLUMN_NOT_FOUND: Column 'd' cannot be resolved/,
  ],
  ['SELECT temperature AS t FROM samples WHERE t > 5', /^COLUMN_NOT_FOUND/],
  ['SELECT temperature AS t, t * 2 FROM samples', /^COLUMN_NOT_FOUND/],
  ['SELECT t FROM (SELECT temperature AS t, t + 1 AS u FROM samples)', /^COLUMN_NOT_FOUND/],
  ['SELECT nothing FROM samples', /^COLUMN_NOT_FOUND/],
  [
    'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12) SELECT count(*) FROM n',
    /^NOT_SUPPORTED: Recursion depth limit exceeded \(10\)\. Use 'max_recursion_depth' session property/,
  ],
  // A circle, at which another engine would stop.
  [
    'WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i FROM n) SELECT count(*) FROM n',
    /^NOT_SUPPORTED: Recursion/,
  ],
  [
    'WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i FROM n) SELECT 1 FROM n',
    /^MISSING_COLUMN_ALIASES/,
  ],
  [
    'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT a.i FROM n a, n b) SELECT 1 FROM n',
    /^INVALID_RECURSIVE_REFERENCE/,
  ],
  ['WITH x AS (SELECT * FROM x) SELECT * FROM x', /^TABLE_NOT_FOUND/],
  ['WITH x AS (SELECT * FROM y), y AS (SELECT 1 AS a) SELECT * FROM x', /^TABLE_NOT_FOUND/],
  ['WITH x AS (SELECT 1 AS a), x AS (SELECT 2 AS a) SELECT * FROM x', /^DUPLICATE_NAMED_QUERY/],
  [
    'WITH x(a) AS (SELECT 1, 2) SELECT * FROM x',
    /^MISMATCHED_COLUMN_ALIASES: Column alias list has 1 entries but relation has 2 columns$/,
  ],
  [
    'SELECT a FROM samples AS s(a)',
    /^MISMATCHED_COLUMN_ALIASES: Column alias list has 1 entries but 's' has 7 columns available/,
  ],
  ['SELECT x FROM (VALUES (1, 2)) AS v(x)', /^MISMATCHED_COLUMN_ALIASES/],
  ['SELECT 1 FROM nowhere', /^TABLE_NOT_FOUND: Table 'awsdatacatalog\.lake\.nowhere' does not exist/],
  ['SELECT * FROM samples WHERE device = 5', /^TYPE_MISMATCH/],
  ['SELECT * FROM samples WHERE 5 = device', /^TYPE_MISMATCH/],
  ['SELECT * FROM samples WHERE device IN (5, 6)', /^TYPE_MISMATCH/],
  [
    'SELECT * FROM samples WHERE device BETWEEN 1 AND 2',
    /^TYPE_MISMATCH: line 1:36: Cannot check if varchar is BETWEEN integer and integer/,
  ],
  [
    "SELECT * FROM samples WHERE ts > '2024-03-10'",
    /^TYPE_MISMATCH: line 1:32: Cannot apply operator: timestamp\(3\) < varchar/,
  ],
  [
    'SELECT * FROM samples WHERE iso > current_timestamp',
    /^TYPE_MISMATCH: line 1:33: Cannot apply operator: varchar < timestamp/,
  ],
  ['SELECT device || 5 FROM samples', /^TYPE_MISMATCH: line 1:15: Cannot concatenate varchar and integer/],
  [
    'SELECT hour(iso) FROM samples',
    /^FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters \(varchar\) for function hour/,
  ],
  [
    "SELECT date_format(iso, '%Y') FROM samples",
    /^FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters \(varchar\) for function date_format/,
  ],
  ['SELECT CAST(iso AS timestamp) FROM samples', /^INVALID_CAST_ARGUMENT/],
  ["SELECT CAST('2.5' AS integer)", /^INVALID_CAST_ARGUMENT/],
  ["SELECT CAST('1,5' AS decimal(3, 1))", /^INVALID_CAST_ARGUMENT/],
  ['SELECT CAST(nan() AS decimal(3, 1))', /^INVALID_CAST_ARGUMENT/],
  ['SELECT CAST(1e300 AS decimal(38, 1))', /^INVALID_CAST_ARGUMENT/],
  ['SELECT 7 / 0', /^DIVISION_BY_ZERO/],
  ['SELECT 7 % 0', /^DIVISION_BY_ZERO/],
  ['SELECT ARRAY[1, 2][3]', /^INVALID_FUNCTION_ARGUMENT: Array subscript 3 is out of bounds/],
  ["SELECT MAP(ARRAY['a'], ARRAY[1])['b']", /^INVALID_FUNCTION_ARGUMENT: Key not present/],
  ['SELECT 12345678901234567890', /^INVALID_LITERAL/],
  ['SELECT sum(x) FROM (VALUES (9223372036854775807), (1)) t(x)', /^NUMERIC_VALUE_OUT_OF_RANGE/],
  [`SELECT listagg(device) FROM samples`, /takes 2 arguments, got 1/],
  [`SELECT DATE '2024-01-01' + interval '1' hour`, /^TYPE_MISMATCH: Cannot add hours/],
  [
    `SELECT date_diff('hour', DATE '2024-01-01', DATE '2024-01-02')`,
    /^INVALID_FUNCTION_ARGUMENT: 'hour' is not a valid DATE field/,
  ],
  [
    `SELECT date_diff('second', d, e) FROM (SELECT element_at(array_agg(date(ts)), 1) AS d, max(date(ts)) AS e FROM samples)`,
    /^INVALID_FUNCTION_ARGUMENT: 'second' is not a valid DATE field/,
  ],
  [`SELECT date_add('hour', 1, DATE '2024-01-01')`, /^INVALID_FUNCTION_ARGUMENT: 'hour' is not a valid DATE/],
  [
    `SELECT 1 UNION ALL SELECT 'a'`,
    /^TYPE_MISMATCH: column 1 in UNION query has incompatible types: integer, varchar/,
  ],
  [
    'SELECT site, device FROM samples EXCEPT SELECT site, temperature FROM samples',
    /^TYPE_MISMATCH: column 2 in EXCEPT query has incompatible types: varchar, double/,
  ],
  ['SELECT lake.other.device FROM lake.samples', /^COLUMN_NOT_FOUND/],
  ['SELECT lake.samples.device FROM lake.samples s', /^COLUMN_NOT_FOUND/],
  // DuckDB's own syntax
  ['SELECT * EXCLUDE (ts) FROM samples', /^SYNTAX_ERROR/],
  ['SELECT device FROM samples GROUP BY ALL', /^SYNTAX_ERROR/],
  ['SELECT device FROM samples QUALIFY row_number() OVER () = 1', /^SYNTAX_ERROR/],
  ['SELECT DISTINCT ON (site) device FROM samples', /^SYNTAX_ERROR/],
  ['SELECT s.ts FROM samples ASOF JOIN samples s USING (ts)', /^SYNTAX_ERROR/],
  ['SELECT to_hours(3)', /^SYNTAX_ERROR/],
  ['SELECT interval 3 day', /^SYNTAX_ERROR/],
  ['SELECT unnest(ARRAY[1])', /^SYNTAX_ERROR/],
  ['SELECT row_number() FROM samples', /needs an OVER clause/],
  ['SELECT upper(DISTINCT device) FROM samples', /takes no DISTINCT/],
  [
    'SELECT transform_keys(MAP(ARRAY[1, 2], ARRAY[3, 3]), (k, v) -> v)',
    /^INVALID_FUNCTION_ARGUMENT: Duplicate map keys/,
  ],
  ['SELECT map_filter(MAP(ARRAY[1], ARRAY[3]), (k, v) -> v)', /^FUNCTION_NOT_FOUND: .*map_filter/],
];

/** What Athena answers and this engine does not: named, with the reason. */
export const REFUSED: readonly (readonly [sql: string, reason: RegExp])[] = [
  [`SELECT upper('straße')`, /upper of ß/],
  ['SELECT 0e0 / 0 = 0e0 / 0', /comparison with NaN/],
  ['SELECT nan() > 1e0', /comparison with NaN/],
  ['SELECT 5e0 % y IN (1e0) FROM (VALUES (0e0)) t(y)', /comparison with NaN/],
  ['SELECT count(*) FROM (VALUES (nan())) a(x) JOIN (VALUES (nan())) b(y) ON x = y', /comparison with NaN/],
  ['SELECT * FROM (SELECT x / y AS r FROM (VALUES (0e0, 0e0)) t(x, y)) WHERE r > 1', /comparison with NaN/],
  [
    'WITH a AS (SELECT x / y AS r FROM (VALUES (0e0, 0e0)) t(x, y)), b AS (SELECT r + 1 AS q FROM a) SELECT 1 FROM b WHERE q > 1',
    /comparison with NaN/,
  ],
  ['SELECT max(x / y) FROM (VALUES (0e0, 0e0)) t(x, y)', /comparison with NaN/],
  ['SELECT CASE nan() WHEN nan() THEN 1 ELSE 0 END', /comparison with NaN/],
  [`SELECT regexp_replace('aaa', 'a*', 'x')`, /matches the empty text/],
  [`SELECT regexp_split('abc', 'x?')`, /matches the empty text/],
  [`SELECT json_extract_scalar('{"a":1.50}', '$.a')`, /written another way/],
  ...['12d', '1.5F', ' 0x1p3 '].map((text): [string, RegExp] => [
    `SELECT try_cast('${text}' AS double)`,
    /which Athena reads as Java does/,
  ]),
  ["SELECT try_cast(' 5' AS integer)", /white space around an exact number/],
  ["SELECT try_cast('1.5 ' AS decimal(3, 1))", /white space around an exact number/],
  [`SELECT json_extract_scalar('{"a":1e2}', '$.a')`, /written another way/],
  [`SELECT date_parse('tue jan 5 2026', '%a %b %e %Y')`, /Athena moves the date/],
  [
    'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1.5 FROM n WHERE i < 3) SELECT * FROM n',
    /a recursive step of other types than its base/,
  ],
  ['SELECT DISTINCT device FROM samples ORDER BY ts', /EXPRESSION_NOT_IN_DISTINCT/],
  ['SELECT sum(CAST(x AS real)) FROM (VALUES 1, 2) t(x)', /sum and avg of real/],
  [`SELECT hour(at_timezone(ts, '+05:30')) FROM samples`, /the zone '\+05:30'/],
  [
    `SELECT with_timezone(TIMESTAMP '2024-10-27 02:30:00', 'Europe/Berlin') = current_timestamp`,
    /the clock shows twice/,
  ],
  [
    `SELECT element_at(a, 1) - element_at(a, 1) FROM (SELECT ARRAY[date(ts)] AS a FROM samples)`,
    /arithmetic with a date/,
  ],
  ['SELECT ARRAY[NULL] = ARRAY[1]', /comparison of arrays/],
  ['SELECT (1, NULL) = (1, 2)', /comparison of arrays, maps or rows/],
  ['SELECT try(max(temperature) / 0) FROM samples', /TRY over a subquery, an aggregate/],
  ['SELECT try((SELECT 1 / 0))', /TRY over a subquery/],
  [`SELECT X'ab'`, /literal of bytes/],
  [`SELECT json_parse('{"b": 1, "a": 2}')`, /orders the keys/],
  [`SELECT array_join(ARRAY[1e10], ',')`, /array_join of other elements/],
  ['SELECT * FROM samples a JOIN samples b USING (device)', /shared columns first/],
  [`SELECT TIMESTAMP '2024-03-10 01:00:00 Europe/Berlin'`, /Europe\/Berlin/],
  [`SELECT TIMESTAMP '2024-03-10 01:00:00+02:00'`, /\+02:00/],
  ['SELECT 1.0 / 3', /decimals/],
  ['SELECT avg(x) FROM (VALUES (1.5)) t(x)', /decimal/],
  ['SELECT round(1.55, 1)', /decimal/],
  ['SELECT typeof(1)', /function typeof/],
  ['SELECT array_max(ARRAY[1e0, nan()])', /array_max of NaN/],
  ['SELECT array_min(ARRAY[ARRAY[1], ARRAY[2]])', /array_min of arrays/],
  ['SELECT zip_with(ARRAY[1], ARRAY[2], x -> x)', /a lambda of two names/],
  [`SELECT from_unixtime(0, 'Europe/Berlin')`, /zone other than UTC/],
  ['SELECT from_unixtime(0, 1, 30)', /from_unixtime with 3 arguments/],
  ...['row_number()', 'rank()', 'percent_rank()', 'cume_dist()'].map((call): [string, RegExp] => [
    `SELECT ${call} IGNORE NULLS OVER (ORDER BY ts) FROM samples`,
    /IGNORE NULLS and RESPECT NULLS here/,
  ]),
  ['SELECT ntile(2) IGNORE NULLS OVER (ORDER BY ts) FROM samples', /IGNORE NULLS of ntile/],
  ['SELECT sum(cpu) IGNORE NULLS OVER (ORDER BY ts) FROM samples', /IGNORE NULLS and RESPECT NULLS here/],
  ['SELECT array_agg(cpu) IGNORE NULLS FROM samples', /IGNORE NULLS and RESPECT NULLS here/],
  ['SELECT lake.other.* FROM samples', /lake\.other\.\*, where lake\.other is not the name/],
  ['SELECT lake.samples.* FROM samples s', /is not the name of a table in FROM/],
  ["SELECT repeat('a', 3)", /function repeat/],
  ['SELECT zip(ARRAY[1], ARRAY[2])', /function zip/],
  ['SELECT bitwise_left_shift(1, 2)', /of anything but a bigint by an integer/],
  ['SELECT bitwise_left_shift(CAST(1 AS bigint), CAST(2 AS bigint))', /by an integer/],
  ['SELECT bitwise_left_shift(CAST(1 AS bigint), 63)', /Overflow in left shift/],
  ['SELECT bitwise_left_shift(CAST(-1 AS bigint), 1)', /Cannot left-shift negative/],
  ['SELECT try(bitwise_left_shift(CAST(1 AS bigint), 63))', /TRY over bitwise_left_shift/],
  ['SELECT bit_count(9, 8)', /another number of bits than 64/],
  ["SELECT at_timezone(current_timestamp, 'Europe/Berlin')", /zone other than UTC/],
  ["SELECT current_timestamp AT TIME ZONE 'Europe/Berlin'", /zone other than UTC/],
  ["SELECT from_iso8601_timestamp('2024-03-10T01:00:00+02:00')", /only UTC/],
  ["SELECT with_timezone(ts, 'Europe/Berlin') FROM samples", /with_timezone/],
  ["SELECT date_format(ts, '%D') FROM samples", /%D/],
  ['SELECT date_format(ts, device) FROM samples', /not a literal/],
  ["SELECT format_datetime(ts, 'YYYY') FROM samples", /"YYYY"/],
  ["SELECT format('%e', 1e0)", /%e/],
  ["SELECT json_extract(doc, '$..a') FROM samples", /JSON path/],
  ["SELECT CAST('a' AS json)", /CAST to json/],
  ["SELECT CAST('abc' AS varchar(2))", /varchar with a length/],
  ['SELECT CAST(1 AS decimal)', /decimal without/],
  ["SELECT ROW(1, 'x')", /row without field names/],
  ["SELECT interval '3' month", /interval of months/],
  ["SELECT extract(hour FROM interval '36' hour)", /a field of an interval/],
  ['SELECT extract(day FROM ts - min(ts) OVER ()) FROM samples', /a field of an interval/],
  [
    "SELECT date_diff('day', ts AT TIME ZONE 'Europe/Berlin', ts) FROM samples",
    /zone other than UTC as a result: wrap it in .* CAST/,
  ],
  [
    "SELECT date_diff('month', from_iso8601_timestamp('2024-01-31T23:30:00-02:00'), ts) FROM samples",
    /only UTC/,
  ],
  ['SELECT CAST(ts AS timestamp(0)) FROM samples', /TIMESTAMP\(0\), which rounds/],
  ['SELECT * FROM samples TABLESAMPLE BERNOULLI (50)', /TABLESAMPLE/],
  ["SELECT getenv('HOME')", /function getenv/],
  ["SELECT * FROM read_csv('/etc/passwd')", /table function read_csv/],
  ['SELECT * FROM duckdb_settings()', /table function duckdb_settings/],
  ["CREATE TABLE t WITH (format = 'PARQUET') AS SELECT 1 AS a", /CREATE statements/],
  ["UNLOAD (SELECT 1) TO 's3://b/p/' WITH (format = 'PARQUET')", /UNLOAD statements/],
  ['INSERT INTO samples SELECT * FROM samples', /INSERT statements/],
];
