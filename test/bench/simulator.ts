/**
 * The simulator against its floors. Every measurement in a fresh process, in turns.
 *   generating and packing   against JSON.stringify of ready readings
 *   into a local stream      against prebuilt payloads with the same client; the stream in a process of its own
 *   memory                   over millions of readings, and of 100,000 devices
 *
 * node --import tsx test/bench/simulator.ts [rounds]
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { isReading, type Reading } from '../../services/contract/reading.ts';
import { systemClock } from '../../simulator/clock.ts';
import { Fleet } from '../../simulator/fleet.ts';
import { kinesisClient, putRecords } from '../../simulator/kinesis.ts';
import { type PutEntry, PutRecordsSink } from '../../simulator/put-records.ts';
import { run } from '../../simulator/run.ts';
import type { PackedRecord } from '../../simulator/wire.ts';
import { localOutputs, startStream } from '../simulator/helpers/kinesis.ts';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const DEVICES = 10_000;
const READINGS = 1_000_000;
const STREAM_READINGS = 300_000;
/** Entries of a prebuilt call, and calls under way: about what the fleet's sites come to. */
const CALL_ENTRIES = 100;
const CALLS_IN_FLIGHT = 8;
const MAX_RATIO = 2;
const MIN_SHARE = 0.6;
const START_MS = Date.UTC(2026, 10, 22, 10);

/** Polls the fleet as fast as it can until it has made `count` readings; `take` gets every record. */
function generate(count: number, devices: number, take: (record: PackedRecord) => void): void {
  const fleet = new Fleet({ seed: 1, devices, intervalMs: 1000, count });
  while (fleet.nextDueMs !== undefined) {
    for (const record of fleet.poll(START_MS, START_MS + fleet.nextDueMs)) take(record);
  }
}

function packed(count: number): PackedRecord[] {
  const records: PackedRecord[] = [];
  generate(count, DEVICES, (record) => records.push(record));
  return records;
}

/** ns per reading of a function that works through so many. */
function nanoseconds(count: number, work: (count: number) => number): number {
  if (work(count / 10) === 0) throw new Error('Nothing was made');
  const startMs = performance.now();
  work(count);
  return ((performance.now() - startMs) / count) * 1e6;
}

function stringify(): number {
  const ready = packed(READINGS / 5).flatMap(({ text }) =>
    text.split('\n').map((line) => JSON.parse(line) as Reading),
  );
  if (!ready.every(isReading)) throw new Error('Expected readings');
  return nanoseconds(READINGS, (count) => {
    let characters = 0;
    for (let i = 0; i < count; i++) characters += JSON.stringify(ready[i % ready.length]).length;
    return characters;
  });
}

const fleet = () =>
  nanoseconds(READINGS, (count) => {
    let bytes = 0;
    generate(count, DEVICES, ({ text }) => {
      bytes += Buffer.from(text).length;
    });
    return bytes;
  });

/** krows/s into the stream at `port`, from payloads that are ready. */
async function prebuilt(port: number): Promise<number> {
  const outputs = localOutputs(port);
  const client = kinesisClient(outputs);
  const put = putRecords(client, outputs.StreamName);
  const entries: PutEntry[] = packed(STREAM_READINGS).map(({ siteId, text }) => ({
    partitionKey: siteId,
    data: Buffer.from(text),
  }));
  const startMs = performance.now();
  let next = 0;
  const sender = async () => {
    while (next < entries.length) {
      const call = entries.slice(next, next + CALL_ENTRIES);
      next += CALL_ENTRIES;
      const results = await put(call);
      if (results.some(({ outcome }) => outcome !== 'acked')) throw new Error(JSON.stringify(results[0]));
    }
  };
  await Promise.all(Array.from({ length: CALLS_IN_FLIGHT }, sender));
  const seconds = (performance.now() - startMs) / 1000;
  client.destroy();
  return STREAM_READINGS / seconds / 1000;
}

/** The same with the whole simulator, far behind its schedule. */
async function simulated(port: number): Promise<number> {
  const outputs = localOutputs(port);
  const client = kinesisClient(outputs);
  const sink = new PutRecordsSink(putRecords(client, outputs.StreamName), systemClock, Math.random);
  const source = new Fleet({ seed: 1, devices: DEVICES, intervalMs: 10, count: STREAM_READINGS });
  const state = { startMs: Date.now() - 3_600_000, nextDueMs: 0, maxLagMs: 0 };
  const startMs = performance.now();
  await run(source, sink, systemClock, new AbortController().signal, state);
  const seconds = (performance.now() - startMs) / 1000;
  client.destroy();
  const { acked, failed } = sink.counts.readings;
  if (acked !== STREAM_READINGS || failed > 0) throw new Error(`acked ${acked}, failed ${failed}`);
  return STREAM_READINGS / seconds / 1000;
}

/** Heap in MB after every tenth of the readings, garbage collected. */
function memory(readings: number, devices: number): number[] {
  const heap: number[] = [];
  let seen = 0;
  generate(readings, devices, ({ lines }) => {
    seen += lines;
    if (seen < ((heap.length + 1) * readings) / 10) return;
    global.gc?.();
    heap.push(Math.round(process.memoryUsage().heapUsed / 1e6));
  });
  return heap;
}

const MEASUREMENTS: Record<string, (port: number) => unknown> = {
  stringify,
  fleet,
  prebuilt,
  simulated,
  'memory-readings': () => memory(5_000_000, DEVICES),
  'memory-devices': () => memory(2_000_000, 100_000),
};

function inFreshProcess<T>(name: string, port = 0): T {
  const args = ['--expose-gc', '--import', 'tsx', fileURLToPath(import.meta.url), name, String(port)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as T;
}

/** A stream in a process of its own, for one measurement. */
async function withStream(name: string): Promise<number> {
  const child = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(import.meta.url), 'stream'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const [line] = await once(child.stdout, 'data');
    return inFreshProcess<number>(name, Number(line));
  } finally {
    child.kill();
  }
}

const median = (values: number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

function show(name: string, unit: string, values: number[]): void {
  const rounds = values.map((value) => Math.round(value)).join(' ');
  process.stdout.write(`${name.padEnd(34)} ${Math.round(median(values))} ${unit}   rounds: ${rounds}\n`);
}

async function compare(rounds: number): Promise<void> {
  process.stdout.write(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}\n`);
  const made: Record<string, number[]> = { stringify: [], fleet: [], prebuilt: [], simulated: [] };
  for (let round = 0; round < rounds; round++) {
    const names = round % 2 ? ['fleet', 'stringify'] : ['stringify', 'fleet'];
    for (const name of names) made[name]?.push(inFreshProcess<number>(name));
    const streams = round % 2 ? ['simulated', 'prebuilt'] : ['prebuilt', 'simulated'];
    for (const name of streams) made[name]?.push(await withStream(name));
  }
  const { stringify: floor = [], fleet: generated = [], prebuilt: ready = [], simulated: sent = [] } = made;
  show('JSON.stringify of ready readings', 'ns/reading', floor);
  show('generate and pack', 'ns/reading', generated);
  const ratio = median(generated) / median(floor);
  process.stdout.write(
    `  ratio ${ratio.toFixed(2)}   budget ${MAX_RATIO}: ${ratio <= MAX_RATIO ? 'met' : 'missed'}\n`,
  );
  show('prebuilt payloads into the stream', 'kreadings/s', ready);
  show('the simulator into the stream', 'kreadings/s', sent);
  const share = median(sent) / median(ready);
  process.stdout.write(
    `  ratio ${(share * 100).toFixed(0)} %   budget ${MIN_SHARE * 100} %: ${share >= MIN_SHARE ? 'met' : 'missed'}\n`,
  );
  const heaps = { '5,000,000 readings': 'memory-readings', '100,000 devices': 'memory-devices' };
  for (const [what, name] of Object.entries(heaps)) {
    process.stdout.write(`heap over ${what}: ${inFreshProcess<number[]>(name).join(' ')} MB\n`);
  }
}

const [first = '5', second = '0'] = process.argv.slice(2);
const measure = MEASUREMENTS[first];
if (measure) {
  process.stdout.write(JSON.stringify(await measure(Number(second))));
} else if (first === 'stream') {
  const stream = await startStream(2);
  process.stdout.write(new URL(stream.outputs.Endpoint ?? '').port);
} else {
  await compare(Number(first));
}
