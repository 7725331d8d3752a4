/**
 * The simulator compared with its baselines. Every measurement runs in a fresh process, alternating.
 *   generating and packing   compared with JSON.stringify of ready readings
 *   into a local stream      compared with prebuilt payloads and the same client; the stream has its own process
 *   memory                   over millions of readings, and with 100,000 devices
 *
 * node --import tsx test/bench/simulator.ts [rounds]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { StackOutputs } from '../../infra/cli/outputs.ts';
import { isReading, type Reading } from '../../services/contract/reading.ts';
import { run } from '../../simulator/cli/run.ts';
import { systemClock } from '../../simulator/clock.ts';
import { Fleet } from '../../simulator/fleet.ts';
import { kinesisClient, putRecords } from '../../simulator/sink/kinesis.ts';
import { type Put, type PutEntry, PutRecordsSink } from '../../simulator/sink/put-records.ts';
import type { PackedRecord } from '../../simulator/wire.ts';
import { localOutputs, startStream } from '../simulator/support/kinesis.ts';
import { inTurns, printTable } from './fresh.ts';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const DEVICES = 10_000;
const READINGS = 1_000_000;
const STREAM_READINGS = 300_000;
/** Entries in a prebuilt call, and calls in flight: about as many as the fleet's sites cause. */
const CALL_ENTRIES = 100;
const CALLS_IN_FLIGHT = 8;
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

/** Thousands of readings a second that `send` puts into a stream, which has its own process. */
async function throughput(send: (put: Put) => Promise<void>): Promise<number> {
  const args = ['--import', 'tsx', fileURLToPath(import.meta.url), 'stream'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [port] = await once(child.stdout, 'data');
    const outputs: StackOutputs = localOutputs(Number(port));
    const client = kinesisClient(outputs);
    const startMs = performance.now();
    await send(putRecords(client, outputs.StreamName));
    const ms = performance.now() - startMs;
    client.destroy();
    return STREAM_READINGS / ms;
  } finally {
    child.kill();
  }
}

function prebuilt(): Promise<number> {
  const entries: PutEntry[] = packed(STREAM_READINGS).map(({ siteId, text }) => ({
    partitionKey: siteId,
    data: Buffer.from(text),
  }));
  return throughput(async (put) => {
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
  });
}

/** The whole simulator, an hour behind its schedule. */
const simulated = () =>
  throughput(async (put) => {
    const sink = new PutRecordsSink(put, systemClock, Math.random);
    const source = new Fleet({ seed: 1, devices: DEVICES, intervalMs: 10, count: STREAM_READINGS });
    const state = { startMs: Date.now() - 3_600_000, nextDueMs: 0, maxLagMs: 0 };
    await run({ source, sink, clock: systemClock, stop: new AbortController().signal, state });
    if (sink.counts.readings.acked !== STREAM_READINGS) throw new Error(JSON.stringify(sink.counts));
  });

/** Heap at the end of a run compared with that after a tenth of it, both after garbage collection. */
function growth(readings: number, devices: number): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const heap: number[] = [];
  let seen = 0;
  generate(readings, devices, ({ lines }) => {
    seen += lines;
    if (seen < ((heap.length + 1) * readings) / 10) return;
    collect();
    heap.push(process.memoryUsage().heapUsed);
  });
  const [first = Number.NaN] = heap;
  process.stderr.write(`heap, MB: ${heap.map((bytes) => Math.round(bytes / 1e6)).join(' ')}\n`);
  return (heap.at(-1) ?? Number.NaN) / first;
}

const GENERATING = ['stringify', 'fleet'] as const;
const SENDING = ['prebuilt', 'simulated'] as const;
const MEMORY = ['5,000,000 readings of 10,000 devices', '2,000,000 readings of 100,000 devices'] as const;

const MEASUREMENTS: Record<string, () => number | Promise<number>> = {
  stringify,
  fleet,
  prebuilt,
  simulated,
  [MEMORY[0]]: () => growth(5_000_000, 10_000),
  [MEMORY[1]]: () => growth(2_000_000, 100_000),
};

const [argument = '5'] = process.argv.slice(2);
const measure = MEASUREMENTS[argument];
if (measure) {
  process.stdout.write(String(await measure()));
} else if (argument === 'stream') {
  const stream = await startStream(2);
  process.stdout.write(new URL(stream.outputs.Endpoint ?? '').port);
} else {
  const rounds = Number(argument);
  const generating = inTurns(import.meta.url, GENERATING, rounds);
  printTable('Generating and packing', 'ns per reading', [
    { name: 'JSON.stringify of ready readings', values: generating.stringify },
    { name: 'the fleet', values: generating.fleet, floor: generating.stringify, budget: '≤ 1.2' },
  ]);
  const sending = inTurns(import.meta.url, SENDING, rounds);
  printTable('Into a local stream', 'thousand readings per second', [
    { name: 'prebuilt payloads', values: sending.prebuilt },
    { name: 'the simulator', values: sending.simulated, floor: sending.prebuilt, budget: '≥ 0.6' },
  ]);
  const memory = inTurns(import.meta.url, MEMORY, 1);
  const rows = MEMORY.map((name) => ({ name, values: memory[name], budget: '≤ 1.1' }));
  printTable('Memory', 'heap at the end ÷ after a tenth', rows);
}
