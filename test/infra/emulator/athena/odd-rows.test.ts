/**
 * Whatever one device, or somebody else who publishes to the topic, leaves in the lake: every saved query and every
 * statement of the trusted layer succeeds, and says the same about the others.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { savedQueries } from '../../../../infra/aws/queries/saved-queries.ts';
import { parseTable } from '../../../../infra/emulator/glue/catalog.ts';
import { trustedTable } from '../../../../infra/local/trusted-table.ts';
import { ALERT_COLUMNS } from '../../../../services/contract/alert.ts';
import { type LakeColumn, READING_COLUMNS } from '../../../../services/contract/lake-columns.ts';
import { countStatement, lastDays, mergeStatement } from '../../../../services/contract/trusted.ts';
import { anyText } from '../../../support/any-text.ts';
import { ALERTS, createHarness, DATABASE, type Harness, READINGS, REFUSED } from './support/harness.ts';

const NOW = Date.parse('2026-03-01T00:30:00.000Z');
const HOUR = '2026-03-01 00';
const saved = savedQueries({
  database: DATABASE,
  readings: 'readings',
  alerts: 'alerts',
  refused: 'refused',
});
const PARAMETER: Record<string, string> = { 'device-last-hour': "'good'", 'incident-readings': "'i1'" };

type Value = string | number | bigint | null;
type Row = Record<string, Value>;

/** Text goes by way of its bytes, so that no character needs escaping. */
function literal(value: Value, type: string): string {
  if (value === null) return `NULL::${type}`;
  if (type === 'VARCHAR') return `decode(from_base64('${Buffer.from(String(value)).toString('base64')}'))`;
  return `'${value}'::${type}`;
}

const TYPES: Record<string, string> = { string: 'VARCHAR', bigint: 'BIGINT', double: 'DOUBLE' };
const rowsOf = (columns: readonly LakeColumn[], rows: Row[]) =>
  `SELECT * FROM (VALUES ${rows
    .map(
      (row) =>
        `(${columns.map(({ name, type }) => literal(row[name] ?? null, TYPES[type] ?? '')).join(', ')})`,
    )
    .join(', ')}) AS t(${columns.map(({ name }) => `"${name}"`).join(', ')})`;

const iso = (minutesAgo: number) => new Date(NOW - minutesAgo * 60_000).toISOString();

const reading = (fields: Row): Row => ({
  ...{ device_id: 'good', site_id: 'lab', seq: 1, temperature: 20, cpu: 10, ram: 20, hd: 30 },
  ...{ timestamp: iso(1), timestamp_sent: HOUR },
  ...fields,
});
/** A good device with a gap and a repeat, one that fell silent, and one that is late. */
const GOOD: Row[] = [
  reading({ seq: 1, timestamp: iso(9) }),
  reading({ seq: 3, timestamp: iso(7), temperature: 91.5 }),
  reading({ seq: 3, timestamp: iso(7), temperature: 91.5 }),
  reading({ seq: 4, timestamp: iso(5) }),
  reading({ device_id: 'silent', seq: 7, timestamp: iso(20) }),
  reading({ device_id: 'late', seq: 7, timestamp: iso(50) }),
];
const alert = (fields: Row): Row => ({
  ...{ notification_id: 'n1', incident_id: 'i1', status: 'firing', severity: 'warning', rule: 'hot' },
  ...{ device_id: 'good', site_id: 'lab', metric: 'temperature', value: 91.5, peak: 91.5 },
  ...{ started_at: iso(7), at: iso(7), timestamp_sent: HOUR },
  ...fields,
});

const TEXTS = [
  ...[
    '',
    ' ',
    'n/a',
    'null',
    '-',
    '0',
    'T',
    'Z',
    '2026',
    '2026-03-01',
    'yesterday',
    '🙂',
    "'; DROP",
    '"',
    '\\',
    '%',
  ],
  ...['2026-03-01 00:20:00', '2026-03-01T00:20:00', '2026-03-01T00:20:00Z', '2026-03-01T00:20:00,5Z'],
  ...['2026-03-01T01:20:00+01:00', '2026-02-28T19:20:00.123456-05:00', '2026-03-01T00:20:00.000+0000'],
  ...[
    '2026-03-01T00:20:00+15:00',
    '2026-03-01T00:20:00+23:59',
    '2026-03-01T00:20:00-24:00',
    '2026-03-01T00:20Z',
  ],
  ...[
    '2026-02-30T00:00:00.000Z',
    '2026-13-01T00:00:00.000Z',
    '2026-03-01T24:00:00.000Z',
    '2026-03-01T00:60:61Z',
  ],
  ...[
    '0000-01-01T00:00:00.000Z',
    '0001-01-01T00:00:00.000Z',
    '9999-12-31T23:59:59.999Z',
    '200000-01-01T00:00:00Z',
  ],
  ...['1970-01-01T00:00:00.000Z', '-0001-01-01T00:00:00Z', '+12026-03-01T00:00:00Z', '2026-W09-7T00:00:00Z'],
  ...['2026-060T00:00:00Z', 'T00:20:00Z', '1772324400', '1772324400000', 'Sun Mar 01 2026 00:20:00 GMT+0000'],
  ...['\u0000', '\n2026-03-01T00:20:00.000Z', '2026-03-01T00:20:00.000Z\n', '２０２６-03-01T00:20:00.000Z'],
];
/** As long as a record can be: once in each table, because it takes long. */
const LONGEST = '9'.repeat(1_000_000);
const SEQS = [null, 0n, -1n, 9_007_199_254_740_993n, 9_223_372_036_854_775_807n, -9_223_372_036_854_775_808n];
const IDS = [null, '', ' ', 'good ', 'lab good', '🙂', "o'clock", 'x'.repeat(10_000), '\u0000'];

/** The metrics of a device that is at the good one's site and must not change what is said of the site. */
const IMPOSSIBLE = [null, 1e308, -1e308, 100_000, 'NaN', 'Infinity', '-Infinity'];
const NO_METRICS = { temperature: null, cpu: null, ram: null, hd: null };

function oddRows(texts: readonly (string | null)[]): Row[] {
  const at = (list: readonly Value[], i: number): Value => list[i % list.length] ?? null;
  const beside = texts.flatMap((timestamp, i) => {
    const [temperature, other] = [at(IMPOSSIBLE, i), at(IMPOSSIBLE, i + 1)];
    const metrics = { temperature, cpu: other, ram: other, hd: other };
    return SEQS.map((seq) => reading({ device_id: 'odd', timestamp, seq, ...metrics }));
  });
  const longest = reading({ device_id: 'odd', timestamp: LONGEST, ...NO_METRICS });
  const elsewhere = IDS.flatMap((device_id) =>
    IDS.map((site_id, i) => reading({ device_id, site_id, temperature: at(IMPOSSIBLE, i), cpu: -0.5 })),
  );
  return [...beside, longest, ...elsewhere];
}
const oddAlerts = (texts: readonly (string | null)[]): Row[] => [
  ...texts.flatMap((text, i) => [
    alert({ incident_id: `odd-${i}`, device_id: 'odd', started_at: text, at: text, status: 'resolved' }),
    alert({
      incident_id: `odd-${i}`,
      device_id: 'odd',
      started_at: text,
      peak: null,
      severity: text,
      metric: text,
    }),
  ]),
  alert({ incident_id: 'odd', device_id: 'odd', started_at: LONGEST, at: LONGEST }),
  ...IDS.map((id) => alert({ incident_id: id, device_id: id, site_id: id, rule: id, at: null, peak: null })),
  Object.fromEntries(ALERT_COLUMNS.map(({ name }) => [name, null])),
];

const TABLES = [READINGS, ALERTS, REFUSED, parseTable(trustedTable(DATABASE, 'bucket'))];

async function lake(readings: Row[], alerts: Row[]): Promise<Harness> {
  const harness = createHarness({ tables: TABLES, now: () => NOW });
  const folder = 'dt=2026-03-01/hour=00';
  await harness.write(`readings/${folder}/x.parquet`, rowsOf(READING_COLUMNS, readings));
  await harness.write(`alerts/${folder}/x.parquet`, rowsOf(ALERT_COLUMNS, alerts));
  return harness;
}

async function answer(harness: Harness, name: string, sql: string): Promise<string[]> {
  const parameter = PARAMETER[name];
  const { state, reason, rows } = await harness.query(
    sql,
    parameter === undefined ? {} : { ExecutionParameters: [parameter] },
  );
  expect({ name, state, reason }).toEqual({ name, state: 'SUCCEEDED', reason: undefined });
  return rows;
}

/** What a query says of the good devices, their site and their hour; without what the odd one is counted in. */
const OWN: Record<string, (rows: string[]) => string[]> = {
  'fleet-now': (rows) => rows.map((row) => row.replace(/^lab \| \d+/, 'lab')),
  'hourly-summary': (rows) => rows.map((row) => row.replace(/ lab \| \d+ \| \d+/, ' lab')),
  'volume-and-lateness': (rows) => rows.map((row) => row.replace(/ \| \d+ \| \d+ \| \d+ \|/, ' lab')),
  'incidents-last-day': (rows) => rows.filter((row) => row.endsWith('| i1')),
  'incident-readings': (rows) => rows,
  'open-incidents': (rows) => rows.filter((row) => row.endsWith('| i1')),
};
function own(name: string, rows: string[]): string[] {
  const all = OWN[name]?.(rows) ?? rows;
  return name.startsWith('incident')
    ? all
    : all.filter((row) => /(^| )lab( [|]|$)/.test(row) && !/^odd /.test(row));
}

describe('odd rows', () => {
  const expected = new Map<string, string[]>();
  beforeAll(async () => {
    const harness = await lake(GOOD, [alert({})]);
    for (const { name, sql } of saved) expected.set(name, await answer(harness, name, sql));
    await harness.close();
  });

  it('are told apart from good ones by what is expected of these', () => {
    expect(expected.get('fleet-now')).toEqual([
      'lab | 1 | 2026-03-01 00:25:00.000 UTC | 55.8 | 91.5 | 10.0 | 20.0 | 30.0',
    ]);
    expect(expected.get('hottest-devices')).toHaveLength(3);
    expect(expected.get('lost-and-duplicate-readings')).toEqual(['good | lab | 4 | 1 | 1 | 1']);
    expect(expected.get('silent-devices')?.map((row) => row.split(' | ')[0])).toEqual(['late', 'silent']);
    expect(expected.get('incident-readings')).toHaveLength(4);
    expect(expected.get('volume-and-lateness')).toEqual(['2026-03-01 00 | 6 | 3 | 1 | 20']);
  });

  const random = fc.oneof(
    fc.string(),
    anyText(),
    fc.stringMatching(/^[+-]?[0-9]{1,6}-[0-9]{2}-[0-9]{2}[T ][0-9:.,]{0,12}(Z|[+-][0-9:]{0,6})?$/),
  );
  describe.each([
    { what: 'of known kinds', texts: [null, ...TEXTS] },
    { what: 'as they come', texts: fc.sample(random, { numRuns: 400, seed: 5 }) },
  ])('$what', ({ texts }) => {
    let harness: Harness;
    beforeAll(async () => {
      harness = await lake([...GOOD, ...oddRows(texts)], [alert({}), ...oddAlerts(texts)]);
    });
    afterAll(() => harness.close());

    it.each(saved)('$name succeeds, and says the same of the others', async ({ name, sql }) => {
      expect(own(name, await answer(harness, name, sql))).toEqual(own(name, expected.get(name) ?? []));
    });

    it('the trusted layer takes the others in, each once', async () => {
      await answer(harness, 'count', countStatement('readings', lastDays(3)));
      await answer(harness, 'merge', mergeStatement('readings', lastDays(3)));
      const rows = await answer(
        harness,
        'trusted',
        `SELECT device_id, count(*) FROM readings_trusted WHERE site_id = 'lab' AND device_id <> 'odd'
         GROUP BY device_id ORDER BY 1`,
      );
      expect(rows.filter((row) => /^(good|late|silent) /.test(row))).toEqual([
        'good | 3',
        'late | 1',
        'silent | 1',
      ]);
    });
  });

  it('with an offset are the same instant everywhere', async () => {
    const odd = (seq: bigint, timestamp: string) => reading({ device_id: 'odd', seq, timestamp });
    const harness = await lake(
      [
        odd(1n, '2026-03-01T01:21:00+01:00'),
        odd(2n, '2026-02-28T19:22:00.123456-05:00'),
        odd(3n, '2026-03-01T00:23:00Z'),
      ],
      [alert({})],
    );
    await answer(harness, 'merge', mergeStatement('readings', lastDays(3)));
    const trusted = await answer(
      harness,
      'trusted',
      'SELECT seq, date_trunc(\'second\', "timestamp") FROM readings_trusted ORDER BY 1',
    );
    expect(trusted).toEqual([
      '1 | 2026-03-01 00:21:00.000',
      '2 | 2026-03-01 00:22:00.000',
      '3 | 2026-03-01 00:23:00.000',
    ]);
    const { sql = '' } = saved.find(({ name }) => name === 'device-last-hour') ?? {};
    const { rows } = await harness.query(sql, { ExecutionParameters: ["'odd'"] });
    expect(rows.map((row) => row.replace(/\.\d+ UTC.*/, ''))).toEqual([
      '2026-03-01 00:21:00',
      '2026-03-01 00:22:00',
      '2026-03-01 00:23:00',
    ]);
    await harness.close();
  });
});
