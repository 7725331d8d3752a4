/**
 * Bytes that a query scans for one device's hour, before and after compaction: raw files of a minute each, as Firehose
 * leaves them, compared with the trusted layer made from them. Counted as Athena bills them: the columns that the query
 * names, in the row groups that its conditions do not rule out.
 *
 * node --import tsx test/bench/compaction.ts [devices] [hours]
 */
import { cpus } from 'node:os';
import {
  countStatement,
  lastDays,
  mergeStatement,
  OPTIMIZE_STATEMENT,
} from '../../services/contract/trusted.ts';
import { TABLES } from '../infra/emulator/athena/iceberg/support/raw.ts';
import { createHarness } from '../infra/emulator/athena/support/harness.ts';
import { printTable } from './fresh.ts';

const FLOOR = 10;
const INTERVAL_SECONDS = 5;
const DAY = '2026-11-22';
const NOW = Date.parse(`${DAY}T23:59:00Z`);

const [devices = 1000, hours = 3] = process.argv.slice(2).map(Number);
const harness = createHarness({ tables: TABLES, now: () => NOW });
const say = (text: string) => process.stdout.write(`${text}\n`);

async function ask(sql: string) {
  const start = performance.now();
  const outcome = await harness.query(sql);
  if (outcome.state !== 'SUCCEEDED') throw new Error(outcome.reason);
  return { ...outcome, ms: performance.now() - start };
}

/** One minute of the fleet as a file: all devices in turn, repeatedly. One reading in 49 is sent twice. */
const minute = (hour: string, at: number) => `
  SELECT 'dev-' || lpad((i % ${devices})::VARCHAR, 5, '0') AS device_id, 'site-' || (i % 50) AS site_id,
         (${at} * 12 + i // ${devices})::BIGINT AS seq, round(20 + 20 * random(), 2) AS temperature,
         round(100 * random(), 2) AS cpu, round(100 * random(), 2) AS ram, round(100 * random(), 2) AS hd,
         strftime(TIMESTAMP '${DAY} ${hour}:00:00' + to_seconds(${at % 60} * 60 + (i // ${devices}) * ${INTERVAL_SECONDS})
           + to_milliseconds(i % ${devices}), '%Y-%m-%dT%H:%M:%S.%gZ') AS "timestamp",
         '${DAY} ${hour}' AS timestamp_sent
  FROM (SELECT unnest(CASE WHEN i % 49 = 0 THEN [i, i] ELSE [i] END) AS i
        FROM range(${(devices * 60) / INTERVAL_SECONDS}) AS made(i))`;

try {
  for (let at = 0; at < hours * 60; at++) {
    const hour = String(10 + Math.floor(at / 60));
    const name = `minute-${String(at).padStart(4, '0')}`;
    await harness.write(`readings/dt=${DAY}/hour=${hour}/${name}.parquet`, minute(hour, at));
  }
  const merge = await ask(mergeStatement('readings', lastDays(3)));
  const optimize = await ask(OPTIMIZE_STATEMENT);
  const again = await ask(mergeStatement('readings', lastDays(3)));
  const [found = ''] = (await ask(countStatement('readings', lastDays(3)))).rows;
  const [rows, , readings] = found.split(' | ');
  say(
    `${devices} devices, every ${INTERVAL_SECONDS} s, ${hours} h: ${rows} rows in ${hours * 60} files, ${readings} readings`,
  );
  say(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}`);
  say(`merge     ${merge.rows[0]} readings in ${Math.round(merge.ms)} ms`);
  say(
    `again     ${again.rows[0]} readings in ${Math.round(again.ms)} ms; optimize in ${Math.round(optimize.ms)} ms`,
  );

  const device = `device_id = 'dev-${String(Math.floor(devices / 2)).padStart(5, '0')}'`;
  const columns = 'SELECT "timestamp", temperature, cpu';
  const before = await ask(`${columns} FROM readings WHERE dt = '${DAY}' AND hour = '11' AND ${device}`);
  const after = await ask(
    `${columns} FROM readings_trusted WHERE ${device} AND "timestamp" >= timestamp '${DAY} 11:00:00' AND "timestamp" < timestamp '${DAY} 12:00:00'`,
  );
  const print = (name: string, { scannedBytes, rows: list, ms }: typeof before) =>
    say(
      `${name.padEnd(9)} ${scannedBytes.toLocaleString('en').padStart(12)} bytes  ${list.length} rows  ${Math.round(ms)} ms`,
    );
  print('raw', before);
  print('trusted', after);
  const [raw, trusted] = [[before.scannedBytes / 1e6], [after.scannedBytes / 1e6]];
  printTable('One device, one hour: bytes scanned', 'MB', [
    { name: 'trusted layer', values: trusted },
    { name: 'raw files of a minute each', values: raw, floor: trusted, budget: `≥ ${FLOOR}` },
  ]);
} finally {
  await harness.close();
}
