/** A device is one of its site: `sensor-1` in Berlin and `sensor-1` in Paris, through the trusted layer and every query. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { savedQueries } from '../../../infra/aws/queries/saved-queries.ts';
import { runCompact } from '../../../infra/commands/compact.ts';
import { NOW, type RawReading, TABLES, writeRaw } from '../emulator/athena/iceberg/support/raw.ts';
import {
  ALERTS,
  createHarness,
  DATABASE,
  type Harness,
  REFUSED,
  WORK_GROUP,
} from '../emulator/athena/support/harness.ts';
import { listen } from './support/listen.ts';
import { type ServedAthena, serveAthena } from './support/local-athena.ts';

const saved = savedQueries({
  database: DATABASE,
  readings: 'readings',
  alerts: 'alerts',
  refused: 'refused',
});
const sqlOf = (name: string) => saved.find((query) => query.name === name)?.sql ?? '';

const MINUTE = 60_000;
const DEGREES = { berlin: 20, paris: 99 };

/** Ten readings, with the same numbers at the same times at both sites; one is lost, one is sent twice. */
const readingsOf = (site: keyof typeof DEGREES): RawReading[] =>
  [0, 1, 2, 3, 4, 4, 6, 7, 8, 9].map((seq) => {
    const made = NOW + (20 + seq) * MINUTE;
    return { device: 'sensor-1', site, seq, made, sent: made, temperature: DEGREES[site] };
  });

let harness: Harness;
let served: ServedAthena;
beforeAll(async () => {
  const now = () => NOW + 29.5 * MINUTE;
  harness = createHarness({ tables: [...TABLES, ALERTS, REFUSED], now });
  served = await serveAthena(harness, { MaintenanceWorkGroupName: WORK_GROUP });
  await writeRaw(harness, [...readingsOf('berlin'), ...readingsOf('paris')]);
  const at = (minute: number) => new Date(NOW + minute * MINUTE).toISOString();
  const alert = (site: string, status: string, minute: number) =>
    `('${site}-${status}', 'incident-${site}', '${status}', 'critical', 'hot', 'sensor-1', '${site}', 'temperature',
      99::DOUBLE, 99::DOUBLE, '${at(22)}', '${at(minute)}')`;
  await harness.write(
    'alerts/dt=2026-11-22/hour=12/x.parquet',
    `SELECT * FROM (VALUES ${alert('paris', 'firing', 22)}, ${alert('berlin', 'firing', 22)}, ${alert('paris', 'resolved', 27)})
     t(notification_id, incident_id, status, severity, rule, device_id, site_id, metric, value, peak, started_at, "at")`,
  );
  const refusal = (site: string) =>
    `('${site}-1-refused', 'refused', 'sensor-1', '${site}', 'cpu: …', 'Send …', 3)`;
  await harness.write(
    'refused/dt=2026-11-22/hour=12/x.parquet',
    `SELECT *, '${at(25)}' AS "at" FROM (VALUES ${refusal('berlin')}, ${refusal('paris')})
     t(refusal_id, verdict, device_id, site_id, reason, advice, readings)`,
  );
});
afterAll(async () => {
  served.close();
  await harness.close();
});

async function query(sql: string, ...parameters: string[]): Promise<string[]> {
  const more = parameters.length > 0 ? { ExecutionParameters: parameters } : {};
  const { reason, rows } = await harness.query(sql, more);
  expect(reason).toBeUndefined();
  return rows;
}

describe('two devices of one name', () => {
  it('are both in the trusted layer, with every reading once', async () => {
    const { said, io } = listen();
    const argv = ['--local', '--dir', served.dir, '--json'];
    expect(await runCompact(argv, { ...io, now: () => NOW }, new AbortController().signal)).toBe(0);
    expect(JSON.parse(said.stdout)).toMatchObject({
      raw: { rows: 20, repeats: 2, notAdmitted: 0 },
      trusted: { added: 18 },
    });
    const sites = 'SELECT site_id, count(*), avg(temperature) FROM readings_trusted GROUP BY 1 ORDER BY 1';
    expect(await query(sites)).toEqual(['berlin | 9 | 20.0', 'paris | 9 | 99.0']);
  });

  const answers: Record<string, { parameters?: string[]; rows: (string | RegExp)[] }> = {
    'fleet-now': { rows: [/^berlin \| 1 \| .* \| 20\.0 \| 20\.0 /, /^paris \| 1 \| .* \| 99\.0 \| 99\.0 /] },
    'device-last-hour': {
      parameters: ["'sensor-1'"],
      rows: [...Array(10).fill(/ UTC \| berlin \| 20\.0 /), ...Array(10).fill(/ UTC \| paris \| 99\.0 /)],
    },
    'hottest-devices': {
      rows: [
        /^sensor-1 \| paris \| 99\.0 \| .* \| 99\.0 \| 10$/,
        /^sensor-1 \| berlin \| 20\.0 \| .* \| 20\.0 \| 10$/,
      ],
    },
    'hourly-summary': {
      rows: [
        '2026-11-22 12 | berlin | 1 | 10 | 20.0 | 20.0 | 1.0 | 1.0',
        '2026-11-22 12 | paris | 1 | 10 | 99.0 | 99.0 | 1.0 | 1.0',
      ],
    },
    'silent-devices': { rows: [] },
    'lost-and-duplicate-readings': {
      rows: ['sensor-1 | berlin | 10 | 1 | 1 | 1', 'sensor-1 | paris | 10 | 1 | 1 | 1'],
    },
    'volume-and-lateness': { rows: ['2026-11-22 12 | 20 | 2 | 0 | 0'] },
    'incidents-last-day': {
      rows: [
        /^2026-11-22 12:22:00\.000 UTC \| sensor-1 \| berlin \| hot \| threshold \| critical \| firing \| 7\.5 \| 99\.0 \| NULL \| 7 \| 20\.0 \| incident-berlin$/,
        /^2026-11-22 12:22:00\.000 UTC \| sensor-1 \| paris \| hot \| threshold \| critical \| resolved \| 5\.0 \| 99\.0 \| NULL \| 5 \| 99\.0 \| incident-paris$/,
      ],
    },
    'open-incidents': {
      rows: [
        'critical | 2026-11-22 12:22:00.000 UTC | 7.5 | berlin | sensor-1 | hot | 99.0 | false | incident-berlin',
      ],
    },
    // Two sites, two devices.
    'noisiest-rules': { rows: ['hot | threshold | 2 | 2 | 2 | 2 | 0 | 0'] },
    'time-to-resolve': { rows: ['hot | critical | 1 | 1 | 0 | 5.0 | 5.0 | 5.0'] },
    'refused-readings': {
      rows: [/^sensor-1 \| berlin \| refused \| 3 \| /, /^sensor-1 \| paris \| refused \| 3 \| /],
    },
    'incident-readings': { parameters: ["'incident-paris'"], rows: Array(10).fill(/ UTC \| 99\.0 /) },
  };

  it.each(saved)('are two in $name', async ({ name, sql }) => {
    const { parameters = [], rows = [] } = answers[name] ?? {};
    expect(answers[name], `no checked answer for ${name}`).toBeDefined();
    expect(await query(sql, ...parameters)).toEqual(
      rows.map((row) => (typeof row === 'string' ? row : expect.stringMatching(row))),
    );
  });

  it('are two in silent-devices, where the one that speaks does not hide the one that is silent', async () => {
    const late = NOW + 50 * MINUTE;
    const other = createHarness({ tables: [...TABLES, ALERTS, REFUSED], now: () => late + MINUTE });
    await writeRaw(other, [
      ...[...readingsOf('berlin'), ...readingsOf('paris')],
      { device: 'sensor-1', site: 'paris', seq: 10, made: late, sent: late },
    ]);
    expect((await other.query(sqlOf('silent-devices'))).rows).toEqual([
      expect.stringMatching(/^sensor-1 \| berlin \| .* \| 22 \| 9$/),
    ]);
    await other.close();
  });

  it('are looked at together where a reading of an incident was sent long after it was made', async () => {
    const incident = createHarness({ tables: [...TABLES, ALERTS, REFUSED], now: () => NOW });
    const made = Date.parse('2025-12-31T23:59:00.000Z');
    await writeRaw(incident, [
      ...[0, 1, 2].map((seq) => ({
        device: 'sensor-1',
        site: 'paris',
        seq,
        made: made + seq * MINUTE,
        sent: NOW,
      })),
      { device: 'sensor-1', site: 'berlin', seq: 0, made, sent: NOW },
    ]);
    const at = new Date(made).toISOString();
    await incident.write(
      'alerts/dt=2026-11-22/hour=12/x.parquet',
      `SELECT 'late' AS incident_id, 'firing' AS status, 'sensor-1' AS device_id, 'paris' AS site_id, '${at}' AS started_at, '${at}' AS "at"`,
    );
    const { rows } = await incident.query(sqlOf('incident-readings'), { ExecutionParameters: ["'late'"] });
    expect(rows.map((row) => row.slice(0, 19))).toEqual([
      '2025-12-31 23:59:00',
      '2026-01-01 00:00:00',
      '2026-01-01 00:01:00',
    ]);
    await incident.close();
  });
});
