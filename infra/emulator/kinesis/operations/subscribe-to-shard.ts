import type { Clock } from '../../base/clock.ts';
import { Waker } from '../../base/waker.ts';
import { describeChildren, describeRecord } from '../api/describe.ts';
import { Events } from '../api/event-source.ts';
import { consumerOf, shardOf } from '../api/find.ts';
import { operation } from '../api/operation.ts';
import { indexOf } from '../api/position.ts';
import { inAccount, inUse } from '../api/refusals.ts';
import { CONSUMER_ARN, POSITION_TYPES, required, SEQUENCE_NUMBER, SHARD_ID } from '../api/shapes.ts';
import { LIMITS, PER_SECOND, ReadMeter } from '../stream/limits.ts';
import type { Shard } from '../stream/shard.ts';
import type { Stream } from '../stream/stream.ts';

/** Where nothing comes, an event without records says so. AWS' SDK for Java gives up a line that says nothing for 10 s. */
const HEARTBEAT_MS = 5_000;

export const subscribeToShard = operation(
  {
    ...{ ConsumerARN: required(CONSUMER_ARN), ShardId: required(SHARD_ID) },
    StartingPosition: {
      ...({ type: 'structure', required: true } as const),
      members: {
        Type: required({ type: 'string', values: POSITION_TYPES }),
        SequenceNumber: SEQUENCE_NUMBER,
        Timestamp: { type: 'timestamp' },
      },
    },
  },
  async ({ ConsumerARN, ShardId, StartingPosition }, { streams, subscriptions }) => {
    const { clock } = streams;
    const { stream, consumer } = consumerOf(streams, { ConsumerARN });
    const shard = shardOf(stream, ShardId);
    const { Type: type, SequenceNumber: sequenceNumber, Timestamp: timestamp } = StartingPosition;
    const index = await indexOf(stream, shard, { type, sequenceNumber, timestamp }, clock.now());
    const ended = subscriptions.begin(ConsumerARN, shard.id, clock.elapsed());
    if (!ended) {
      throw inUse(
        `${inAccount(`Another active subscription exists for this consumer: ${consumer.name}, shard ${shard.id} of stream ${stream.state.name}`)}.`,
      );
    }
    const isThere = () => streams.get(stream.state.name) === stream;
    const source = { stream, shard, clock, isThere, isLimited: shard.reads !== undefined };
    return new Events('SubscribeToShardEvent', ended, (signal) => pushed(source, index, signal));
  },
);

interface Source {
  stream: Stream;
  shard: Shard;
  clock: Clock;
  /** Whether the stream was not deleted meanwhile. */
  isThere(): boolean;
  isLimited: boolean;
}

/** Until the shard ends, or the time of the subscription does. */
async function* pushed(source: Source, from: number, signal: AbortSignal): AsyncGenerator<object> {
  const { stream, shard, clock, isThere, isLimited } = source;
  const waker = new Waker(clock);
  const stopListening = shard.onChange(() => waker.wake());
  const wake = () => waker.wake();
  signal.addEventListener('abort', wake);
  const endMs = clock.elapsed() + LIMITS.subscriptionMs;
  const meter = isLimited ? new ReadMeter(clock.elapsed()) : undefined;
  try {
    let index = from;
    for (let isFirst = true; !signal.aborted && isThere() && clock.elapsed() < endMs; isFirst = false) {
      const nowMs = clock.now();
      const bounds = { limit: LIMITS.pageRecords, pageBytes: PER_SECOND.bytesOut, nowMs };
      const page = await shard.read({ index, ...bounds, oldestMs: stream.oldestMs() });
      if (page.records.length > 0 || page.isEnd || isFirst) {
        yield eventOf(source, page, index);
      }
      if (page.isEnd) return;
      meter?.took(page.records.reduce((sum, { data }) => sum + data.length, 0));
      const isCaughtUp = page.next === index || page.behindMs === 0;
      index = page.next;
      if (isCaughtUp && isThere()) {
        const isWoken = await waker.pause(HEARTBEAT_MS);
        if (!isWoken) yield eventOf(source, { ...page, records: [] }, index);
      }
      await meter?.whenReady(clock, signal);
    }
  } finally {
    stopListening();
    signal.removeEventListener('abort', wake);
  }
}

type Pushed = Pick<Awaited<ReturnType<Shard['read']>>, 'records' | 'behindMs' | 'isEnd' | 'next'>;

function eventOf({ stream, shard }: Source, { records, behindMs, isEnd }: Pushed, index: number): object {
  const last = records.at(-1);
  const before = { index: Math.max(0, index - 1), arrivalMs: 0 };
  return {
    Records: records.map((record) => describeRecord(stream, shard, record)),
    ContinuationSequenceNumber: isEnd ? undefined : shard.numberOf(last ?? before),
    MillisBehindLatest: behindMs,
    ChildShards: isEnd ? describeChildren(stream, shard) : undefined,
  };
}
