/**
 * Local delivery compared with its baseline on the same bytes: NDJSON in memory → checked, partitioned Parquet, and
 * DuckDB's own read_json → COPY of an existing file. Every measurement runs in a fresh process, alternating, warm.
 *
 * node --import tsx test/bench/delivery.ts [rounds]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { EventBus } from '../../infra/emulator/base/events.ts';
import { openDeliveryStream } from '../../infra/emulator/firehose/delivery-stream.ts';
import { DEFAULT_RECORD_BYTES, formatTimestamp } from '../../services/contract/reading.ts';
import { properties, READINGS_TABLE } from '../infra/emulator/firehose/support/fixtures.ts';
import { inTurns, printTable } from './fresh.ts';

const READINGS = 1_000_000;
const WARM_UP = 200_000;
/** The number of records that a shard reader hands over at a time. */
const PAGE_RECORDS = 100;
const FLOOR = 0.6;
const VARIANTS = ['floor', 'delivery'] as const;

/** Readings of 1,000 devices on 20 sites, with two decimals as sensors give them. */
function* lines(count: number): Generator<string> {
  // No random generator in the standard library takes a seed.
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const between = (low: number, high: number) => Number((low + random() * (high - low)).toFixed(2));
  for (let i = 0; i < count; i++) {
    const device = i % 1000;
    const hour = i < count / 2 ? 10 : 11;
    yield JSON.stringify({
      device_id: `dev-${device}`,
      site_id: `site-${device % 20}`,
      seq: Math.floor(i / 1000),
      temperature: between(15, 45),
      cpu: between(0, 100),
      ram: between(20, 90),
      hd: between(30, 60),
      timestamp: formatTimestamp(Date.UTC(2026, 10, 22, hour) + Math.floor(random() * 3_600_000)),
      timestamp_sent: `2026-11-22 ${hour}`,
    });
  }
}

/** Packed as the simulator packs them. */
function pack(count: number) {
  const records: { data: Uint8Array; sequenceNumber: string; arrivalMs: number }[] = [];
  let packed = '';
  const close = () => {
    records.push({
      data: Buffer.from(packed),
      sequenceNumber: String(records.length),
      arrivalMs: Date.now(),
    });
    packed = '';
  };
  for (const line of lines(count)) {
    if (packed.length + line.length > DEFAULT_RECORD_BYTES) close();
    packed += `${line}\n`;
  }
  if (packed) close();
  return records;
}

async function measure(variant: (typeof VARIANTS)[number], count: number, folder: string): Promise<number> {
  if (variant === 'floor') return measureFloor(count, folder);
  const bus = new EventBus();
  // One stream for warming up and measuring, because the runtime also keeps one for as long as it runs.
  const stream = await openDeliveryStream({
    name: 'Readings',
    properties: properties(),
    tables: () => READINGS_TABLE,
    s3Root: join(folder, 's3'),
    stateDir: folder,
    bus,
  });
  const deliver = async (readings: number) => {
    const records = pack(readings);
    const start = performance.now();
    for (let i = 0; i < records.length; i += PAGE_RECORDS) {
      await stream.accept('shard-0', records.slice(i, i + PAGE_RECORDS));
    }
    await stream.flush();
    return performance.now() - start;
  };
  await deliver(WARM_UP);
  const ms = await deliver(count);
  if (stream.counts().rows !== WARM_UP + count)
    throw new Error(`Expected ${WARM_UP + count} rows: ${JSON.stringify(stream.counts())}`);
  await stream.close();
  return ms;
}

async function measureFloor(count: number, folder: string): Promise<number> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const columns = READINGS_TABLE.columns.map(
    ({ name, type }) => `${name}: '${type === 'string' ? 'VARCHAR' : type}'`,
  );
  const copy = async (readings: number) => {
    const file = join(folder, `${readings}.ndjson`);
    writeFileSync(file, Buffer.concat(pack(readings).map(({ data }) => data)));
    const source = `read_json('${file}', format = 'newline_delimited', columns = {${columns.join(', ')}})`;
    const start = performance.now();
    await connection.run(`COPY (FROM ${source}) TO '${file}.parquet' (FORMAT parquet, COMPRESSION snappy)`);
    return performance.now() - start;
  };
  await copy(WARM_UP);
  return copy(count);
}

const [argument = '7'] = process.argv.slice(2);
const variant = VARIANTS.find((name) => name === argument);
if (variant) {
  const folder = mkdtempSync(join(tmpdir(), 'delivery-bench-'));
  try {
    process.stdout.write(`${READINGS / (await measure(variant, READINGS, folder))}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
} else {
  const { floor, delivery } = inTurns(import.meta.url, VARIANTS, Number(argument));
  printTable(`Local delivery of ${READINGS} readings`, 'thousand rows per second', [
    { name: 'DuckDB alone: read_json → COPY', values: floor },
    { name: 'delivery: checked, partitioned, durable', values: delivery, floor, budget: `≥ ${FLOOR}` },
  ]);
}
