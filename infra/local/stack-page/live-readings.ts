/**
 * Readings as they come, of one site and for some minutes, when somebody asks for them: from the shard that the site's
 * records go to. A shard gives five reads a second to all that poll it, and the detector is one of them: so one a
 * second, and fewer when it is refused. What is sent with another partition key than the site is not seen.
 */
import { createHash } from 'node:crypto';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
  type Shard,
} from '@aws-sdk/client-kinesis';
import type { Clock } from '../../emulator/base/clock.ts';
import { dataIn } from '../../emulator/kinesis/log/aggregated.ts';
import type { LiveReadings } from '../console/page-state.ts';
import { createTelemetry, type Telemetry } from '../console/server/telemetry.ts';

const LASTS_MS = 5 * 60_000;
const READ_EVERY_MS = 1_000;
/** After a refusal: others need the shard. */
const REFUSED_MS = 5_000;
/** Nobody has looked at the page for so long. */
const LEFT_ALONE_MS = 15_000;

interface LiveReader {
  /** What is read now; null where nothing is. Asking keeps it going: a page that is open asks every second. */
  state(): LiveReadings | null;
  telemetry: Pick<Telemetry, 'history' | 'recent' | 'take'>;
  /** Whether the stream's shards may be seen. */
  canRead(): Promise<boolean>;
  start(site: string): Promise<void>;
  stop(): void;
}

interface Session {
  site: string;
  shards: number;
  untilMs: number;
  lookedAtMs: number;
  problem?: string | undefined;
  timers: Set<{ cancel(): void }>;
}

export function createLiveReader(
  client: KinesisClient,
  StreamName: string,
  clock: Pick<Clock, 'now' | 'elapsed' | 'after'>,
): LiveReader {
  let telemetry = createTelemetry(clock);
  let session: Session | undefined;

  function end(): void {
    for (const timer of session?.timers ?? []) timer.cancel();
    session = undefined;
  }

  function later(own: Session, ms: number, work: () => Promise<void>): void {
    if (own !== session) return;
    const timer = clock.after(ms, () => {
      own.timers.delete(timer);
      if (own !== session) return;
      if (clock.now() >= own.untilMs || clock.now() - own.lookedAtMs > LEFT_ALONE_MS) end();
      else void work();
    });
    own.timers.add(timer);
  }

  async function iteratorOf(ShardId: string): Promise<string | undefined> {
    const request = { StreamName, ShardId, ShardIteratorType: 'LATEST' } as const;
    return (await client.send(new GetShardIteratorCommand(request))).ShardIterator;
  }

  async function poll(own: Session, shardId: string, iterator: string | undefined): Promise<void> {
    try {
      const ShardIterator = iterator ?? (await iteratorOf(shardId));
      const { Records = [], NextShardIterator } = await client.send(new GetRecordsCommand({ ShardIterator }));
      if (own !== session) return;
      for (const { Data } of Records) {
        for (const data of Data ? dataIn(Data) : []) if (isOf(own.site, data)) telemetry.observe(data);
      }
      own.problem = undefined;
      // A shard that was split has ended: its children take over at the next start.
      if (NextShardIterator) later(own, READ_EVERY_MS, () => poll(own, shardId, NextShardIterator));
      else end();
    } catch (error) {
      if (own !== session) return;
      own.problem = (error as Error).message;
      later(own, REFUSED_MS, () => poll(own, shardId, undefined));
    }
  }

  return {
    state() {
      if (!session) return null;
      session.lookedAtMs = clock.now();
      const { site, shards, untilMs, problem } = session;
      return { site, shards, until: new Date(untilMs).toISOString(), ...(problem && { problem }) };
    },
    telemetry: {
      history: () => telemetry.history(),
      recent: (site, device) => telemetry.recent(site, device),
      take: () => telemetry.take(),
    },
    canRead: () =>
      openShards(client, StreamName).then(
        () => true,
        () => false,
      ),
    async start(site) {
      const shards = shardsOf(await openShards(client, StreamName), site);
      // Before the first read, so that who may not read is told now.
      const iterators = await Promise.all(shards.map(({ ShardId = '' }) => iteratorOf(ShardId)));
      end();
      telemetry = createTelemetry(clock);
      const nowMs = clock.now();
      const own: Session = {
        ...{ site, shards: shards.length, untilMs: nowMs + LASTS_MS, lookedAtMs: nowMs },
        timers: new Set(),
      };
      session = own;
      shards.forEach(({ ShardId = '' }, i) => void poll(own, ShardId, iterators[i]));
    },
    stop: end,
  };
}

async function openShards(client: KinesisClient, StreamName: string): Promise<Shard[]> {
  const found: Shard[] = [];
  let NextToken: string | undefined;
  do {
    const request = NextToken === undefined ? { StreamName } : { NextToken };
    const page = await client.send(new ListShardsCommand(request));
    found.push(...(page.Shards ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  // A shard that is closed has an end.
  return found.filter(({ SequenceNumberRange }) => SequenceNumberRange?.EndingSequenceNumber === undefined);
}

/** Those whose range has the hash of the partition key. */
export function shardsOf(shards: readonly Shard[], partitionKey: string): Shard[] {
  const hash = BigInt(`0x${createHash('md5').update(partitionKey).digest('hex')}`);
  return shards.filter(({ HashKeyRange: range }) => {
    const { StartingHashKey = '0', EndingHashKey = '-1' } = range ?? {};
    return BigInt(StartingHashKey) <= hash && hash <= BigInt(EndingHashKey);
  });
}

/** Other sites share the shard; a record is of one. */
const isOf = (site: string, data: Uint8Array) =>
  Buffer.from(data.buffer, data.byteOffset, data.length).includes(JSON.stringify(site));
