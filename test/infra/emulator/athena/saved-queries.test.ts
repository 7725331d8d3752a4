/** Every saved query on a small lake with known faults: the test checks its result, not just that there is one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { savedQueries } from '../../../../infra/aws/queries/saved-queries.ts';
import { ALERTS, createHarness, DATABASE, type Harness, READINGS, REFUSED } from './support/harness.ts';

const NOW = Date.parse('2026-03-01T00:30:00.000Z');
const saved = savedQueries({
  database: DATABASE,
  readings: 'readings',
  alerts: 'alerts',
  refused: 'refused',
});
const sqlOf = (name: string) => saved.find((query) => query.name === name)?.sql ?? '';

interface ReadingRow {
  device: string;
  seq: number;
  at: string;
  /** Hour of sending, if it is not the hour of `at`. */
  sent?: string;
  temperature?: number;
}

const siteOf = (device: string) => (device.startsWith('a') ? 'north' : 'south');

/** One reading, as a row of VALUES. */
const values = ({
  device,
  seq,
  at,
  sent = at.slice(0, 13).replace('T', ' '),
  temperature = 20,
}: ReadingRow) =>
  `('${device}', '${siteOf(device)}', ${seq}::BIGINT, ${temperature}::DOUBLE, 50.0::DOUBLE, 40.0::DOUBLE, 30.0::DOUBLE, '${at}.000Z', '${sent}')`;

const ROWS: ReadingRow[] = [
  // a1: every ten minutes, hot for a while; two readings lost, one delivered twice.
  { device: 'a1', seq: 1, at: '2026-02-28T23:20:00' },
  { device: 'a1', seq: 2, at: '2026-02-28T23:40:00', temperature: 90 },
  { device: 'a1', seq: 3, at: '2026-02-28T23:50:00', temperature: 95.5 },
  { device: 'a1', seq: 3, at: '2026-02-28T23:50:00', temperature: 95.5 },
  { device: 'a1', seq: 6, at: '2026-03-01T00:20:00', temperature: 30 },
  { device: 'a1', seq: 7, at: '2026-03-01T00:29:00', temperature: 25 },
  // a2: restarted, so its sequence begins again: nothing lost.
  { device: 'a2', seq: 80, at: '2026-02-28T20:00:00' },
  { device: 'a2', seq: 0, at: '2026-03-01T00:25:00', temperature: 21 },
  // b1: silent since 23:45; its last reading came late, in the next hour.
  { device: 'b1', seq: 5, at: '2026-02-28T22:00:00' },
  { device: 'b1', seq: 6, at: '2026-02-28T23:45:00', sent: '2026-03-01 00' },
  // More than a day old: no query reads it.
  { device: 'z9', seq: 1, at: '2026-02-20T00:00:00', temperature: 999 },
];

let harness: Harness;
beforeAll(async () => {
  harness = createHarness({ tables: [READINGS, ALERTS, REFUSED], now: () => NOW });
  const byHour = new Map<string, ReadingRow[]>();
  for (const row of ROWS) {
    const hour = row.sent ?? row.at.slice(0, 13).replace('T', ' ');
    byHour.set(hour, [...(byHour.get(hour) ?? []), row]);
  }
  for (const [hour, rows] of byHour) {
    await harness.write(
      `readings/dt=${hour.slice(0, 10)}/hour=${hour.slice(11)}/x.parquet`,
      `SELECT * FROM (VALUES ${rows.map(values).join(', ')})
       t(device_id, site_id, seq, temperature, cpu, ram, hd, "timestamp", timestamp_sent)`,
    );
  }
  const refusal = (
    id: string,
    device: string,
    verdict: string,
    readings: number,
    at: string,
    reason: string,
  ) => `('${id}', '${verdict}', ${device}, 'north', '${reason}', 'Do so', ${readings}, '${at}')`;
  const twice = refusal('r1', "'a7'", 'refused', 5, '2026-02-28T23:10:00.000Z', 'cpu: no');
  await harness.write(
    'refused/dt=2026-02-28/hour=23/x.parquet',
    `SELECT * FROM (VALUES ${[
      twice,
      twice,
      refusal('r2', "'a7'", 'refused', 2, '2026-02-28T23:20:00.250Z', 'cpu: no'),
      refusal('r3', "'a7'", 'late', 1, '2026-02-28T23:20:00.250Z', 'late'),
      refusal('r4', 'NULL', 'refused', 9, '2026-02-28T23:30:00.000Z', 'not JSON'),
    ].join(', ')}) t(refusal_id, verdict, device_id, site_id, reason, advice, readings, "at")`,
  );
  const alert = (
    id: string,
    incident: string,
    status: string,
    severity: string,
    device: string,
    peak: number,
    startedAt: string,
    at: string,
    silencedBy?: string,
  ) =>
    `('${id}', '${incident}', '${status}', '${severity}', 'too-hot', '${device}', '${siteOf(device)}', 'temperature', '>', '85', ${peak}::DOUBLE, ${peak}::DOUBLE, '${startedAt}.000Z', '${at}.000Z', 'hot', ${silencedBy ? `'${silencedBy}'` : 'NULL'}, '2026-02-28 23')`;
  await harness.write(
    'alerts/dt=2026-02-28/hour=23/x.parquet',
    `SELECT * FROM (VALUES ${[
      alert('n1', 'i1', 'firing', 'warning', 'a1', 90, '2026-02-28T23:40:00', '2026-02-28T23:40:00'),
      // Delivered twice.
      alert('n1', 'i1', 'firing', 'warning', 'a1', 90, '2026-02-28T23:40:00', '2026-02-28T23:40:00'),
      alert('n2', 'i1', 'escalated', 'critical', 'a1', 95.5, '2026-02-28T23:40:00', '2026-02-28T23:50:00'),
      alert('n3', 'i1', 'resolved', 'critical', 'a1', 95.5, '2026-02-28T23:40:00', '2026-03-01T00:20:00'),
      alert(
        ...(['n4', 'i2', 'firing', 'warning', 'b1', 86] as const),
        ...(['2026-02-28T23:45:00', '2026-02-28T23:45:00', 'quiet-1'] as const),
      ),
    ].join(', ')})
     t(notification_id, incident_id, status, severity, rule, device_id, site_id, metric, operator, threshold, value,
       peak, started_at, "at", summary, silenced_by, timestamp_sent)`,
  );
  // Of earlier days: one rule that is short of everything but incidents, one incident that never ended.
  const earlier = (
    incident: string,
    rule: string,
    device: string,
    startedAt: string,
    [status, at]: [status: string, at: string],
    more = 'NULL, NULL',
  ) =>
    `('${incident}-${status}', '${incident}', '${status}', 'warning', '${rule}', '${device}', '${siteOf(device)}', 9::DOUBLE, '${startedAt}Z', '${at}Z', ${more})`;
  const columns =
    'notification_id, incident_id, status, severity, rule, device_id, site_id, peak, started_at, "at"';
  await harness.write(
    'alerts/dt=2026-02-25/hour=05/x.parquet',
    `SELECT * FROM (VALUES ${[
      ...['a1', 'a2', 'b1'].flatMap((device, i) => [
        earlier(`j${i}`, 'flapping', device, '2026-02-25T05:00:00.000', [
          'firing',
          '2026-02-25T05:00:00.000',
        ]),
        earlier(`j${i}`, 'flapping', device, '2026-02-25T05:00:00.000', [
          'resolved',
          `2026-02-25T05:0${i}:30.000`,
        ]),
      ]),
      earlier(
        'k1',
        'flapping',
        'a1',
        '2026-02-25T05:10:00.000',
        ['firing', '2026-02-25T05:10:00.000'],
        `NULL, 'quiet-1'`,
      ),
      earlier(
        'k1',
        'flapping',
        'a1',
        '2026-02-25T05:10:00.000',
        ['resolved', '2026-02-25T05:40:00.000'],
        `'anna', NULL`,
      ),
    ].join(', ')}) t(${columns}, closed_by, silenced_by)`,
  );
  await harness.write(
    'alerts/dt=2026-02-10/hour=05/x.parquet',
    `SELECT * FROM (VALUES ${earlier('l1', 'too-hot', 'b1', '2026-02-10T05:00:00.000', ['firing', '2026-02-10T05:00:00.000'])}
     ) t(${columns}, closed_by, silenced_by)`,
  );
});
afterAll(() => harness.close());

const answer = async (name: string, ...parameters: string[]) => {
  const outcome = await harness.query(
    sqlOf(name),
    parameters.length > 0 ? { ExecutionParameters: parameters } : {},
  );
  expect(outcome.reason).toBeUndefined();
  return outcome.rows;
};

const ANSWERS: Record<string, { parameters?: string[]; rows: string[] }> = {
  'fleet-now': { rows: ['north | 2 | 2026-03-01 00:29:00.000 UTC | 25.3 | 30.0 | 50.0 | 40.0 | 30.0'] },
  'device-last-hour': {
    parameters: ["'a1'"],
    rows: [
      '2026-02-28 23:40:00.000 UTC | north | 90.0 | 50.0 | 40.0 | 30.0 | 2',
      '2026-02-28 23:50:00.000 UTC | north | 95.5 | 50.0 | 40.0 | 30.0 | 3',
      '2026-02-28 23:50:00.000 UTC | north | 95.5 | 50.0 | 40.0 | 30.0 | 3',
      '2026-03-01 00:20:00.000 UTC | north | 30.0 | 50.0 | 40.0 | 30.0 | 6',
      '2026-03-01 00:29:00.000 UTC | north | 25.0 | 50.0 | 40.0 | 30.0 | 7',
    ],
  },
  'hottest-devices': {
    rows: [
      'a1 | north | 95.5 | 2026-02-28 23:50:00.000 UTC | 59.3 | 6',
      'a2 | north | 21.0 | 2026-03-01 00:25:00.000 UTC | 21.0 | 1',
      'b1 | south | 20.0 | 2026-02-28 23:45:00.000 UTC | 20.0 | 1',
    ],
  },
  'hourly-summary': {
    rows: [
      '2026-02-28 20 | north | 1 | 1 | 20.0 | 20.0 | 50.0 | 50.0',
      '2026-02-28 23 | north | 1 | 4 | 75.3 | 95.5 | 50.0 | 50.0',
      '2026-03-01 00 | north | 2 | 3 | 25.3 | 30.0 | 50.0 | 50.0',
      '2026-02-28 22 | south | 1 | 1 | 20.0 | 20.0 | 50.0 | 50.0',
      '2026-03-01 00 | south | 1 | 1 | 20.0 | 20.0 | 50.0 | 50.0',
    ],
  },
  'silent-devices': { rows: ['b1 | south | 2026-02-28 23:45:00.000 UTC | 45 | 6'] },
  'lost-and-duplicate-readings': { rows: ['a1 | north | 6 | 2 | 2 | 1'] },
  'volume-and-lateness': {
    rows: [
      '2026-02-28 20 | 1 | 1 | 0 | 0',
      '2026-02-28 22 | 1 | 1 | 0 | 0',
      '2026-02-28 23 | 4 | 1 | 0 | 0',
      '2026-03-01 00 | 4 | 3 | 1 | 15',
    ],
  },
  'incidents-last-day': {
    rows: [
      '2026-02-28 23:45:00.000 UTC | b1 | south | too-hot | threshold | warning | firing | 45.0 | 86.0 | quiet-1 | 1 | 20.0 | i2',
      '2026-02-28 23:40:00.000 UTC | a1 | north | too-hot | threshold | critical | resolved | 40.0 | 95.5 | NULL | 3 | 77.8 | i1',
    ],
  },
  'open-incidents': {
    rows: [
      'warning | 2026-02-10 05:00:00.000 UTC | 27090.0 | south | b1 | too-hot | 9.0 | false | l1',
      'warning | 2026-02-28 23:45:00.000 UTC | 45.0 | south | b1 | too-hot | 86.0 | true | i2',
    ],
  },
  'noisiest-rules': {
    rows: ['flapping | threshold | 4 | 0 | 2 | 3 | 3 | 1', 'too-hot | threshold | 2 | 1 | 2 | 2 | 0 | 1'],
  },
  'time-to-resolve': {
    rows: [
      'flapping | warning | 4 | 0 | 1 | 1.5 | 30.0 | 30.0',
      'too-hot | critical | 1 | 0 | 0 | 40.0 | 40.0 | 40.0',
      'too-hot | warning | 0 | 2 | 0 | NULL | NULL | NULL',
    ],
  },
  'refused-readings': {
    rows: [
      'NULL | north | refused | 9 | 2026-02-28 23:30:00.000 UTC | not JSON | Do so',
      'a7 | north | refused | 7 | 2026-02-28 23:20:00.000 UTC | cpu: no | Do so',
      'a7 | north | late | 1 | 2026-02-28 23:20:00.000 UTC | late | Do so',
    ],
  },
  'incident-readings': {
    parameters: ["'i1'"],
    rows: [
      '2026-02-28 23:40:00.000 UTC | 90.0 | 50.0 | 40.0 | 30.0 | 2 | true',
      '2026-02-28 23:50:00.000 UTC | 95.5 | 50.0 | 40.0 | 30.0 | 3 | true',
      '2026-02-28 23:50:00.000 UTC | 95.5 | 50.0 | 40.0 | 30.0 | 3 | true',
      '2026-03-01 00:20:00.000 UTC | 30.0 | 50.0 | 40.0 | 30.0 | 6 | false',
    ],
  },
};

describe('saved queries', () => {
  it('are at least eight, with names that can be typed, each with a line that says what it answers', () => {
    expect(saved.length).toBeGreaterThanOrEqual(8);
    for (const { name, description, sql } of saved) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(description.length).toBeLessThanOrEqual(110);
      expect(description.includes('Parameter:')).toBe(sql.includes('?'));
    }
    expect(new Set(saved.map(({ name }) => name)).size).toBe(saved.length);
  });

  it.each(saved)('$name', async ({ name }) => {
    const expected = ANSWERS[name];
    expect(expected, `no checked answer for ${name}`).toBeDefined();
    expect(await answer(name, ...(expected?.parameters ?? []))).toEqual(expected?.rows);
  });

  it.each(saved)('$name opens only the partitions of its time', async ({ sql }) => {
    const { rows } = await harness.query(`EXPLAIN ${sql.replace('?', "'a1'")}`);
    const [files] = rows;
    // There are files of readings for six hours, and one from a week ago, which is never read.
    const used = Number(files?.replace('Files: ', ''));
    expect(used).toBeGreaterThan(0);
    const [, days] = /interval '(\d+)' day/.exec(sql) ?? [];
    expect(used).toBeLessThanOrEqual({ 1: 5, 7: 2, 30: 3 }[Number(days ?? 0)] ?? 2);
  });
});
