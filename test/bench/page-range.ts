/**
 * The page's charts over a lake of 10 million readings of thirty days: a device, a site and the fleet, over an hour, a
 * day and thirty days, as `/api/series` asks for them. In seconds of CPU, which a busy machine does not change much,
 * beside what DuckDB takes to read the same columns of the same files and to group them: nobody can do without that.
 *
 * node --import tsx test/bench/page-range.ts [readings] [rounds]
 */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { SeriesQuery } from '../../infra/local/console/server/series.ts';
import { readSeries } from '../../infra/local/console/server/series.ts';
import { bucketOf } from '../../infra/local/console/server/series-sql.ts';
import { createHarness, DATABASE, READINGS, WORK_GROUP } from '../infra/emulator/athena/support/harness.ts';
import { printTable, type Row } from './fresh.ts';

const TOTAL = Number(process.argv[2] ?? 10_000_000);
const ROUNDS = Number(process.argv[3] ?? 3);
const DAYS = 30;
const HOURS = DAYS * 24;
const DEVICES = 1000;
const SITES = 20;
const TICKS_A_SECOND = 100;
/** On the hour. */
const NOW = Date.UTC(2026, 2, 2, 0, 0, 0);
const RANGES: [name: string, seconds: number][] = [
  ['1 h', 3_600],
  ['1 day', 86_400],
  ['30 days', DAYS * 86_400],
];
const VIEWS: [name: string, more: Pick<SeriesQuery, 'site' | 'device'>][] = [
  ['device', { site: 'site-2', device: 'dev-0042' }],
  ['site', { site: 'site-2' }],
  ['fleet', {}],
];

const harness = createHarness({ tables: [READINGS], now: () => NOW });
const bucket = join(harness.root, 'bucket');
const duckdb = await (await DuckDBInstance.create(':memory:')).connect();
await duckdb.run("SET TimeZone = 'UTC'");

/** A file an hour, in the order of time, as the delivery and its compaction leave them. */
async function generate(): Promise<void> {
  const perHour = Math.ceil(TOTAL / HOURS);
  for (let n = 0; n < HOURS; n += 1) {
    const startMs = NOW - (HOURS - n) * 3_600_000;
    const hour = new Date(startMs).toISOString();
    const folder = join(bucket, 'readings', `dt=${hour.slice(0, 10)}`, `hour=${hour.slice(11, 13)}`);
    mkdirSync(folder, { recursive: true });
    const device = `(${n} * ${perHour} + i) % ${DEVICES}`;
    await duckdb.run(`COPY (
      SELECT 'dev-' || lpad((${device})::VARCHAR, 4, '0') AS device_id, 'site-' || ((${device}) % ${SITES}) AS site_id,
             (${n} * ${perHour} + i) // ${DEVICES} AS seq, round(15 + random() * 30, 2) AS temperature,
             round(random() * 100, 2) AS cpu, round(random() * 100, 2) AS ram, round(random() * 100, 2) AS hd,
             strftime(make_timestamp(${startMs}000 + i * ${Math.floor(3_600_000_000 / perHour)}), '%Y-%m-%dT%H:%M:%S.%gZ') AS "timestamp",
             '${hour.slice(0, 13).replace('T', ' ')}' AS timestamp_sent
      FROM range(${perHour}) t(i)) TO '${join(folder, 'a.parquet')}' (FORMAT parquet, COMPRESSION snappy)`);
  }
}

/** In seconds of CPU, after a first time that does not count. */
async function cpuOf(work: () => Promise<unknown>): Promise<number[]> {
  await work();
  const spent: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = cpuSeconds();
    await work();
    spent.push(cpuSeconds() - before);
  }
  return spent;
}

/** Of this process and of those that it has started, ended ones too: local Athena is a process of its own. */
function cpuSeconds(): number {
  const children = readdirSync('/proc/self/task').flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
  );
  return ['self', ...children].reduce((sum, pid) => sum + ticksOf(pid), 0) / TICKS_A_SECOND;
}

function ticksOf(pid: string): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // After the name, which may hold spaces: utime, stime, cutime, cstime are fields 14 to 17.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
}

/** The least that answers: the files of the time, the columns that are drawn, one pass. */
function byHand({ from, to, site, device, metric }: SeriesQuery): string {
  const hours = Math.ceil((to - from) / 3_600);
  const files = Array.from({ length: hours }, (_, i) => {
    const iso = new Date((to - (i + 1) * 3_600) * 1000).toISOString();
    return `'${bucket}/readings/dt=${iso.slice(0, 10)}/hour=${iso.slice(11, 13)}/a.parquet'`;
  });
  const names = device === undefined ? [metric] : ['temperature', 'cpu', 'ram', 'hd'];
  const own = [site && `site_id = '${site}'`, device && `device_id = '${device}'`].filter(Boolean);
  return `SELECT epoch("timestamp"::TIMESTAMP) // ${bucketOf({ from, to })} AS bucket, count(*),
    ${names.map((name) => `min(${name}), avg(${name}), max(${name})`).join(', ')}
    FROM read_parquet([${files.join(', ')}]) ${own.length > 0 ? `WHERE ${own.join(' AND ')}` : ''} GROUP BY ALL`;
}

await generate();
process.stdout.write(`${TOTAL.toLocaleString('en')} readings of ${DEVICES} devices in ${HOURS} files\n`);
const queries = {
  call: (operation: string, body: unknown) => harness.call<object>(operation, body as object),
  ...{ workGroup: WORK_GROUP, database: DATABASE },
};
const rows: Row[] = [];
for (const [range, seconds] of RANGES) {
  for (const [view, more] of VIEWS) {
    const to = NOW / 1000;
    const query: SeriesQuery = { from: to - seconds, to, metric: 'temperature', ...more };
    const floor = await cpuOf(() => duckdb.runAndReadAll(byHand(query)));
    const values = await cpuOf(async () => {
      const telemetry = { recent: () => [] };
      const { problem, readings } = await readSeries({ queries, readings: 'readings', telemetry }, query);
      if (problem !== undefined || readings === 0) throw new Error(`${view}, ${range}: ${problem}`);
    });
    rows.push({ name: `${view}, ${range}: one pass of DuckDB`, values: floor });
    rows.push({ name: `${view}, ${range}`, values, floor });
  }
}
printTable('Charts of the page', 's of CPU', rows);
await harness.close();
