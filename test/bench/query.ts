/**
 * Saved queries on a day of 10 million readings in five-minute files, through local Athena's API: from
 * StartQueryExecution to the state SUCCEEDED, warm. Two of them are compared with hand-written DuckDB queries on exactly
 * the files needed: this shows what the API, the dialect and the pruning cost.
 *
 * node --import tsx test/bench/query.ts [readings] [rounds]
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { savedQueries } from '../../infra/aws/queries/saved-queries.ts';
import {
  ALERTS,
  createHarness,
  DATABASE,
  READINGS,
  REFUSED,
} from '../infra/emulator/athena/support/harness.ts';
import { printTable, type Row } from './fresh.ts';

const TOTAL = Number(process.argv[2] ?? 10_000_000);
const ROUNDS = Number(process.argv[3] ?? 3);
const HOURS = 24;
const FILES_PER_HOUR = 12;
const DEVICES = 1000;
/** On the hour, so that "the last hour" is one whole partition and the one that has just begun. */
const NOW = Date.UTC(2026, 2, 2, 0, 0, 0);

const harness = createHarness({ tables: [READINGS, ALERTS, REFUSED], now: () => NOW });
const bucket = join(harness.root, 'bucket');
const duckdb = await (await DuckDBInstance.create(':memory:')).connect();
await duckdb.run("SET TimeZone = 'UTC'");

async function generate(): Promise<void> {
  const perFile = Math.ceil(TOTAL / (HOURS * FILES_PER_HOUR));
  for (let file = 0; file < HOURS * FILES_PER_HOUR; file++) {
    const startMs = NOW - HOURS * 3_600_000 + file * (3_600_000 / FILES_PER_HOUR);
    const hour = new Date(startMs).toISOString();
    const folder = join(bucket, 'readings', `dt=${hour.slice(0, 10)}`, `hour=${hour.slice(11, 13)}`);
    mkdirSync(folder, { recursive: true });
    // Every device counts by one, from file to file: 0.1 % of its readings are lost, 0.1 % come twice.
    const n = `(${file} * ${perFile} + i)`;
    await duckdb.run(`COPY (
      SELECT 'dev-' || lpad((${n} % ${DEVICES})::VARCHAR, 4, '0') AS device_id, 'site-' || (${n} % 20) AS site_id,
             ${n} // ${DEVICES} AS seq, round(15 + random() * 30, 2) AS temperature,
             round(random() * 100, 2) AS cpu, round(random() * 100, 2) AS ram, round(random() * 100, 2) AS hd,
             strftime(make_timestamp(${startMs}000 + i * ${Math.floor(300_000_000 / perFile)}), '%Y-%m-%dT%H:%M:%S.%gZ') AS "timestamp",
             '${hour.slice(0, 13).replace('T', ' ')}' AS timestamp_sent
      FROM range(${perFile}) t(i), range(CASE hash(${n}) % 1000 WHEN 0 THEN 0 WHEN 1 THEN 2 ELSE 1 END) c(copy))
      TO '${join(folder, `${file}.parquet`)}' (FORMAT parquet, COMPRESSION snappy)`);
  }
  const alerts = join(bucket, 'alerts', 'dt=2026-03-01', 'hour=12');
  mkdirSync(alerts, { recursive: true });
  await duckdb.run(`COPY (
    SELECT 'n' || i || s AS notification_id, 'i' || i AS incident_id, s AS status, 'warning' AS severity,
           'too-hot' AS rule, 'dev-' || lpad(i::VARCHAR, 4, '0') AS device_id, 'site-1' AS site_id,
           'temperature' AS metric, '>' AS operator, '40' AS threshold, 41.0 AS value, 44.0 AS peak,
           '2026-03-01T12:10:00.000Z' AS started_at,
           CASE s WHEN 'firing' THEN '2026-03-01T12:10:00.000Z' ELSE '2026-03-01T12:40:00.000Z' END AS "at",
           'hot' AS summary, '2026-03-01 12' AS timestamp_sent
    FROM range(50) t(i), (VALUES ('firing'), ('resolved')) v(s)) TO '${join(alerts, 'a.parquet')}' (FORMAT parquet)`);
}

async function timed(work: () => Promise<unknown>): Promise<number[]> {
  await work();
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return times;
}

const started = performance.now();
await generate();
process.stdout.write(
  `${TOTAL.toLocaleString('en')} readings in ${HOURS * FILES_PER_HOUR} files, generated in ${((performance.now() - started) / 1000).toFixed(1)} s\n`,
);

/** The same query written by hand, on the files that it needs. */
const BY_HAND: Record<string, string> = {
  'hourly-summary': `SELECT hour, site_id, count(DISTINCT device_id), count(*), min(temperature), avg(temperature),
      max(temperature), avg(cpu), max(cpu)
    FROM read_parquet('${bucket}/readings/dt=2026-03-01/*/*.parquet', hive_partitioning = true) GROUP BY ALL ORDER BY ALL`,
  'device-last-hour': `SELECT "timestamp", temperature, cpu, ram, hd, seq
    FROM read_parquet('${bucket}/readings/dt=2026-03-01/hour=23/*.parquet')
    WHERE device_id = 'dev-0042' ORDER BY "timestamp"`,
};
const PARAMETERS: Record<string, string> = { 'device-last-hour': "'dev-0042'", 'incident-readings': "'i42'" };

const rows: Row[] = [];
const scanned: string[] = [];
for (const { name, sql } of savedQueries({
  database: DATABASE,
  readings: 'readings',
  alerts: 'alerts',
  refused: 'refused',
})) {
  const parameter = PARAMETERS[name];
  let bytes = 0;
  const values = await timed(async () => {
    const outcome = await harness.query(sql, parameter ? { ExecutionParameters: [parameter] } : {});
    if (outcome.state !== 'SUCCEEDED') throw new Error(`${name}: ${outcome.reason}`);
    bytes = outcome.scannedBytes;
  });
  const native = BY_HAND[name];
  const floor = native ? await timed(() => duckdb.runAndReadAll(native)) : undefined;
  if (floor) rows.push({ name: `${name}, DuckDB by hand`, values: floor });
  rows.push({ name, values, ...(floor ? { floor } : {}) });
  scanned.push(`${name.padEnd(44)} ${(bytes / 1e6).toFixed(2).padStart(9)}`);
}
printTable('Saved queries, warm', 'ms', rows);
process.stdout.write(`\nScanned (MB)\n${scanned.join('\n')}\n`);
await harness.close();
