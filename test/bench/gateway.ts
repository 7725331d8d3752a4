/**
 * The gateway of a site. How fast it stores readings against a plain file that is synced (the same bytes, the same
 * groups), LevelDB against segment files of our own, how fast it sends against a loop that only sends, and its memory.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { synthesizeIfNeeded } from '../../infra/cli/synth.ts';
import { DEFAULT_RECORD_BYTES, MAX_READINGS_PER_RECORD } from '../../services/contract/reading.ts';
import { startForwarder } from '../../services/gateway/forward.ts';
import { startGateway } from '../../services/gateway/gateway.ts';
import { Spool } from '../../services/gateway/spool/spool.ts';
import { stamped } from '../../services/gateway/spool/stamp.ts';
import { EdgeSite } from '../prove/edge/site.ts';
import { Stage } from '../prove/stage.ts';
import { fakeCloud, UNREACHABLE } from '../services/gateway/support/fake-cloud.ts';
import { startStream } from '../simulator/support/kinesis.ts';
import { inTurns, printTable } from './fresh.ts';

const LINES_PER_GROUP = 100;
const GROUPS = 1000;
const CLIENTS = 4;
/** Readings in a record of about 24 KB. */
const LINES_PER_RECORD = 110;
const RECORDS = 400;
const SLOT_BYTES = 512;
const ROUNDS = 3;

const folder = mkdtempSync(join(tmpdir(), 'bench-gateway-'));
let seq = 0;
const line = () =>
  JSON.stringify({
    ...{ device_id: `device-${(seq % 20) + 1}`, site_id: 'plant-1', seq: seq++ },
    ...{ temperature: 20.51, cpu: 31.4, ram: 40.02, hd: 50.77, timestamp: '2026-01-31T09:30:00.000Z' },
  });
const group = () => Array.from({ length: LINES_PER_GROUP }, line);
const groups = () => Array.from({ length: GROUPS }, group);

/** Lines a second. */
async function rate(lines: number, act: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await act();
  return (1000 * lines) / (performance.now() - startedMs);
}

const openSpool = () =>
  Spool.open({ folder: join(folder, 'spool'), limitBytes: 1e9, whenFull: 'refuse', now: Date.now });

async function raw(): Promise<number> {
  const texts = groups().map((lines) => `${lines.join('\n')}\n`);
  const file = await open(join(folder, 'raw'), 'a');
  return rate(GROUPS * LINES_PER_GROUP, async () => {
    for (const text of texts) {
      await file.writeFile(text);
      await file.datasync();
    }
  });
}

/** Stored and sent from a file of our own: a synced append for each group, a synced cursor for each record. */
async function segments(): Promise<number> {
  const texts = groups().map((lines) => `${lines.join('\n')}\n`);
  const file = await open(join(folder, 'segment'), 'a');
  const cursor = await open(join(folder, 'cursor'), 'w');
  return rate(GROUPS * LINES_PER_GROUP, async () => {
    for (const text of texts) {
      await file.writeFile(text);
      await file.datasync();
    }
    const lines = (await readFile(join(folder, 'segment'), 'utf8')).trimEnd().split('\n');
    for (let at = 0; at < lines.length; at += LINES_PER_RECORD) {
      const some = lines.slice(at, at + LINES_PER_RECORD);
      await saveCursor(cursor, at);
      Buffer.from(some.map((text) => stamped(text, '2026-01-31 09')).join('\n'));
    }
  });
}

async function saveCursor(file: FileHandle, at: number): Promise<void> {
  await file.write(Buffer.alloc(SLOT_BYTES), 0, SLOT_BYTES, (at % 2) * SLOT_BYTES);
  await file.datasync();
}

async function leveldb(): Promise<number> {
  const all = groups();
  const spool = await openSpool();
  return rate(GROUPS * LINES_PER_GROUP, async () => {
    for (const lines of all) await spool.append(lines);
    while (await spool.take(Date.now())) await spool.settle();
  });
}

async function http(): Promise<number> {
  const cloud = fakeCloud();
  cloud.problem = UNREACHABLE;
  const gateway = await startGateway(
    {
      ...{ keys: '', spool: folder, spoolLimitBytes: 1e9, whenFull: 'refuse', catchUpBytes: 1e9 },
      ...{ http: { host: '127.0.0.1', port: 0 }, say: () => {} },
    },
    cloud.open,
  );
  const bodies = groups().map((lines) => lines.join('\n'));
  const agent = new Agent({ keepAlive: true });
  const post = (body: string) =>
    new Promise<void>((done, fail) => {
      const sent = request({
        port: gateway.http.port,
        host: '127.0.0.1',
        path: '/readings',
        method: 'POST',
        agent,
      });
      sent.on('response', (response) => response.resume().on('end', done)).on('error', fail);
      sent.end(body);
    });
  return rate(GROUPS * LINES_PER_GROUP, () =>
    Promise.all(
      Array.from({ length: CLIENTS }, async () => {
        for (let body = bodies.pop(); body !== undefined; body = bodies.pop()) await post(body);
      }),
    ),
  );
}

/** A stream in its own process; prints where it is. */
async function serveStream(): Promise<void> {
  const { outputs } = await startStream();
  process.stdout.write(`${outputs.Endpoint} ${outputs.StreamName}\n`);
}

async function withStream(measure: (send: (data: Uint8Array) => Promise<unknown>) => Promise<number>) {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--import', 'tsx', new URL(import.meta.url).pathname, 'stream'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [text] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  const [endpoint = '', StreamName = ''] = text.toString().trim().split(' ');
  const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };
  const client = new KinesisClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  try {
    return await measure((Data) =>
      client.send(new PutRecordCommand({ StreamName, PartitionKey: 'plant-1', Data })),
    );
  } finally {
    child.kill();
  }
}

const putLoop = (linesPerRecord: number) => () =>
  withStream(async (send) => {
    const count = Math.round((RECORDS * LINES_PER_RECORD) / linesPerRecord);
    const records = Array.from({ length: count }, () =>
      Buffer.from(Array.from({ length: linesPerRecord }, () => stamped(line(), '2026-01-31 09')).join('\n')),
    );
    return rate(count * linesPerRecord, async () => {
      for (const data of records) await send(data);
    });
  });

/** After an outage: everything is on the disk already. */
const backlog = () =>
  withStream(async (send) => {
    const spool = await openSpool();
    for (let i = 0; i < RECORDS; i += 1) {
      await spool.append(Array.from({ length: LINES_PER_RECORD }, line));
    }
    const sender = { send: async (data: Uint8Array) => void (await send(data)) };
    const options = { catchUpBytes: 1e12, now: Date.now, random: Math.random, onProblem: () => {} };
    return rate(RECORDS * LINES_PER_RECORD, async () => {
      const forwarder = startForwarder(spool, sender, options);
      while (spool.counts.waitingBytes > DEFAULT_RECORD_BYTES) await change(spool);
      await forwarder.stop(5000);
    });
  });

/** Readings keep coming in as fast as they are sent: records are full, and there is no backlog. */
const forward = () =>
  withStream(async (send) => {
    const spool = await openSpool();
    const all = Array.from({ length: RECORDS }, () => Array.from({ length: LINES_PER_RECORD }, line));
    const sender = { send: async (data: Uint8Array) => void (await send(data)) };
    const options = { catchUpBytes: 1e12, now: Date.now, random: Math.random, onProblem: () => {} };
    const forwarder = startForwarder(spool, sender, options);
    const measured = await rate(RECORDS * LINES_PER_RECORD, async () => {
      for (const lines of all) {
        await spool.append(lines);
        while (spool.counts.waitingBytes > 2 * DEFAULT_RECORD_BYTES) await change(spool);
      }
      while (spool.counts.waitingBytes > DEFAULT_RECORD_BYTES) await change(spool);
    });
    await forwarder.stop(5000);
    return measured;
  });

const change = (spool: Spool) =>
  new Promise<void>((resolve) => {
    const stop = spool.onChange(() => {
      stop();
      resolve();
    });
  });

/** The most memory of the bundle on a bare Node, in MB, after it has taken and sent 40,000 readings. */
async function memory(): Promise<number> {
  const stage = new Stage(await synthesizeIfNeeded(resolve(import.meta.dirname, '../..'), () => {}), 1);
  try {
    await stage.start();
    const site = await EdgeSite.open(stage, 'plant-1', 20, ['--catch-up', '10MB/s']);
    for (let i = 0; i < 20; i += 1) {
      await Promise.all(Array.from({ length: 20 }, () => site.send(group())));
    }
    await site.untilEmpty();
    const peak = site.gateway.peakMemoryMb() ?? Number.NaN;
    await site.close();
    return peak;
  } finally {
    await stage.tearDown();
  }
}

const MEASUREMENTS = {
  ...{ raw, segments, leveldb, http, memory },
  ...{ bare: putLoop(LINES_PER_RECORD), forward, bareLarge: putLoop(MAX_READINGS_PER_RECORD), backlog },
};

const [, , name] = process.argv;
if (name === 'stream') {
  await serveStream();
} else if (name !== undefined && name in MEASUREMENTS) {
  const value = await MEASUREMENTS[name as keyof typeof MEASUREMENTS]();
  process.stdout.write(`${value}\n`);
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
} else {
  const disk = inTurns(import.meta.url, ['raw', 'http', 'segments', 'leveldb'], ROUNDS);
  printTable('Durable accept, groups of 100 readings', 'readings/s', [
    { name: 'append and fdatasync, one after the other', values: disk.raw },
    { name: `gateway, HTTP, ${CLIENTS} clients`, values: disk.http, floor: disk.raw, budget: '≥ 0.5' },
  ]);
  printTable('Spool: stored, packed, marked as sent', 'readings/s', [
    { name: 'segment file and cursor', values: disk.segments },
    { name: 'LevelDB', values: disk.leveldb, floor: disk.segments, budget: '≥ 0.5' },
  ]);
  const sent = inTurns(import.meta.url, ['bare', 'forward', 'bareLarge', 'backlog'], ROUNDS);
  printTable('Forwarding, one record under way', 'readings/s', [
    { name: 'PutRecord of prebuilt records, 24 KB', values: sent.bare },
    { name: 'gateway, storing as many meanwhile', values: sent.forward, floor: sent.bare, budget: '≥ 0.7' },
    { name: 'PutRecord of prebuilt records, 500 readings', values: sent.bareLarge },
    { name: 'gateway, a backlog', values: sent.backlog, floor: sent.bareLarge, budget: '≥ 0.7' },
  ]);
  const { memory: peak } = inTurns(import.meta.url, ['memory'], 1);
  printTable('Memory of the bundle, 40,000 readings', 'MB at most', [
    { name: 'resident', values: peak, budget: '≤ 120' },
  ]);
  rmSync(folder, { recursive: true, force: true });
}
