/**
 * Packed readings into a stream, by the same client with prebuilt calls: ours (on the disk before it is acknowledged),
 * kinesalite (in LevelDB), where it is installed moto (in memory), and the least that writes them durably. Each server
 * has its own process.
 *
 * node --import tsx test/bench/stream.ts [rounds]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../infra/emulator/base/clock.ts';
import { EventBus } from '../../infra/emulator/base/events.ts';
import { openKinesis } from '../../infra/emulator/kinesis/kinesis.ts';
import { startGateway } from '../../infra/emulator/wire/gateway.ts';
import { caller, HEADERS } from '../infra/emulator/kinesis/conformance/caller.ts';
import { type Server, startKinesalite, startMoto } from '../infra/emulator/kinesis/conformance/servers.ts';
import { inTurns, printTable } from './fresh.ts';
import { startByHand } from './stream-by-hand.ts';

const STREAM = 'bench';
const SHARDS = 4;
const LINES_PER_RECORD = 110;
const RECORDS_PER_CALL = 20;
const CALLS = 150;
const CALLS_IN_FLIGHT = 4;

async function startOurs(folder: string): Promise<Server> {
  const store = await openKinesis({ folder, clock: systemClock, bus: new EventBus(), isLimited: false });
  const web = (_: unknown, response: { end(): void }) => void response.end();
  const { endpoint, close } = await startGateway({ port: 0, services: { kinesis: store.api }, web });
  return {
    endpoint,
    async close() {
      await store.close();
      await close();
    },
  };
}

const SERVERS: Record<string, (folder: string) => Promise<Server | undefined>> = {
  ours: startOurs,
  kinesalite: startKinesalite,
  'by-hand': startByHand,
};

/** As a fleet packs them: one site a record. */
function bodies(): Buffer[] {
  let seq = 0;
  const record = (site: string) => {
    const lines = Array.from({ length: LINES_PER_RECORD }, (_, i) =>
      JSON.stringify({
        ...{ device_id: `${site}-${i}`, site_id: site, seq: seq++, temperature: 40.25, cpu: 21.5, ram: 40.1 },
        ...{ hd: 50.75, timestamp: '2026-01-31T09:30:00.000Z', timestamp_sent: '2026-01-31 09' },
      }),
    );
    return { PartitionKey: site, Data: Buffer.from(lines.join('\n')).toString('base64') };
  };
  return Array.from({ length: CALLS }, (_, call) => {
    const Records = Array.from({ length: RECORDS_PER_CALL }, (_, i) =>
      record(`plant-${(call * 7 + i) % 200}`),
    );
    return Buffer.from(JSON.stringify({ StreamName: STREAM, Records }));
  });
}

/** Thousands of readings a second. */
async function throughput(endpoint: string): Promise<number> {
  const call = caller(endpoint);
  await call('CreateStream', { StreamName: STREAM, ShardCount: SHARDS });
  const isActive = async () => {
    const described = await call<{ StreamDescriptionSummary: { StreamStatus: string } }>(
      ...(['DescribeStreamSummary', { StreamName: STREAM }] as const),
    );
    return described.StreamDescriptionSummary.StreamStatus === 'ACTIVE';
  };
  while (!(await isActive()));
  const all = bodies();
  const agent = new Agent({ keepAlive: true, maxSockets: CALLS_IN_FLIGHT });
  // The first tenth warms both sides up.
  const warm = all.splice(0, CALLS / 10);
  await send(endpoint, agent, warm);
  const startMs = performance.now();
  const count = all.length * RECORDS_PER_CALL * LINES_PER_RECORD;
  await send(endpoint, agent, all);
  const ms = performance.now() - startMs;
  agent.destroy();
  return count / ms;
}

async function send(endpoint: string, agent: Agent, all: readonly Buffer[]): Promise<void> {
  let next = 0;
  const sender = async () => {
    for (let body = all[next++]; body; body = all[next++]) await post(endpoint, agent, body);
  };
  await Promise.all(Array.from({ length: CALLS_IN_FLIGHT }, sender));
}

async function post(endpoint: string, agent: Agent, body: Buffer): Promise<void> {
  const sent = request(endpoint, {
    ...{ method: 'POST', agent },
    headers: {
      ...HEADERS,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'Kinesis_20131202.PutRecords',
      'content-length': body.length,
    },
  });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [AsyncIterable<Buffer> & { statusCode: number }];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const answer = Buffer.concat(chunks).toString();
  const { FailedRecordCount } = JSON.parse(answer) as { FailedRecordCount?: number };
  if (response.statusCode !== 200 || FailedRecordCount) throw new Error(answer.slice(0, 300));
}

async function measure(name: string): Promise<number> {
  if (name === 'moto') {
    const moto = await startMoto();
    if (!moto) return Number.NaN;
    const result = await throughput(moto.endpoint);
    await moto.close();
    return result;
  }
  const args = ['--import', 'tsx', fileURLToPath(import.meta.url), 'serve', name];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const [endpoint] = await once(child.stdout as NodeJS.ReadableStream, 'data');
    return await throughput(String(endpoint));
  } finally {
    child.stdin?.end();
    await once(child, 'exit');
  }
}

/** Until its parent has what it wanted. */
async function serve(name: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), `bench-${name}-`));
  const server = await SERVERS[name]?.(folder);
  process.stdout.write(server?.endpoint ?? '');
  process.stdin.resume();
  await once(process.stdin, 'end');
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
}

const [argument = '3', served = ''] = process.argv.slice(2);
if (argument === 'serve') {
  await serve(served);
  process.exit(0);
} else if (argument === 'moto' || argument in SERVERS) {
  process.stdout.write(String(await measure(argument)));
} else {
  const contenders = ['ours', 'kinesalite', 'moto', 'by-hand'] as const;
  const measured = inTurns(import.meta.url, contenders, Number(argument));
  const { ours, kinesalite, moto, 'by-hand': byHand } = measured;
  printTable('Packed readings into a stream', 'thousand readings per second', [
    { name: 'kinesalite', values: kinesalite },
    { name: 'ours', values: ours, floor: kinesalite, budget: '≥ 4' },
    { name: 'moto, in memory', values: moto },
    { name: 'ours, against moto', values: ours, floor: moto, budget: '≥ 2' },
    { name: 'the least that writes it durably', values: byHand },
    { name: 'ours, against that', values: ours, floor: byHand },
  ]);
}
