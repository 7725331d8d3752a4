/**
 * Lambda's event source mapping: reads a Kinesis stream and invokes a function with batches of it, with the retries,
 * the splitting, the limits and the failure destination that the template asks for.
 */
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { type Backoff, backoffMs, sleep } from '../base/backoff.ts';
import type { EventBus, RuntimeEvent } from '../base/events.ts';
import type { Checkpoints } from '../kinesis/checkpoints.ts';
import { readStream } from '../kinesis/stream-reader.ts';
import type { InvocationResult, LambdaFunction } from '../lambda/function.ts';
import type { Verdict } from './batch.ts';
import { parseMapping } from './configuration.ts';
import { toEventRecord } from './event.ts';
import { type AbandonedBatch, failureObject, putObject } from './failure-destination.ts';
import type { Clock } from './lane.ts';
import { openShardLanes, type ShardLanes } from './shard-lanes.ts';

export interface MappingOptions {
  /** The mapping's UUID: what `Ref` gives. */
  id: string;
  /** Resolved properties of the `AWS::Lambda::EventSourceMapping`. */
  properties: unknown;
  client: KinesisClient;
  fn: LambdaFunction;
  checkpoints: Checkpoints;
  /** Folder whose subfolders are the buckets. */
  s3Root: string;
  bus: EventBus;
  /** Time between two reads of a shard that has nothing more, in ms. */
  pollMs?: number;
  clock?: Clock;
  /** Called before each write to the failure bucket; what it throws is a failure of that write. */
  beforeWrite?(): void;
}

export interface MappingCounts {
  invocations: number;
  /** Of these: not wholly successful. */
  failedInvocations: number;
  /** Records that the function has processed, each counted once. */
  processedRecords: number;
  abandonedRecords: number;
}

export interface EventSourceMapping {
  counts(): MappingCounts;
  /**
   * Resolves when everything that is in the stream now is processed or given up. Batches go off without waiting for
   * their window; retries wait as ever.
   */
  drain(): Promise<void>;
  /** Begins nothing more. Resolves when the invocations under way have ended: kill the function to hasten that. */
  stop(): Promise<void>;
}

/** AWS polls a shard once a second. */
const DEFAULT_POLL_MS = 200;
const DESTINATION_RETRY: Backoff = { baseMs: 250, maxMs: 10_000 };
/** Reading has failed so often in a row that somebody should know. */
const TROUBLE_WORTH_A_NOTICE = 3;
const SYSTEM_CLOCK: Clock = { now: Date.now, sleep };

/** @throws UserError when the mapping asks for what is not run locally */
export function startEventSourceMapping(options: MappingOptions): EventSourceMapping {
  const { bus, checkpoints, fn } = options;
  const configuration = parseMapping(options.properties);
  const source = { ...configuration, roleArn: fn.roleArn };
  const clock = options.clock ?? SYSTEM_CLOCK;
  const stopped = new AbortController();
  const shards = new Map<string, ShardLanes>();
  const counts: MappingCounts = {
    invocations: 0,
    failedInvocations: 0,
    processedRecords: 0,
    abandonedRecords: 0,
  };
  let drains = 0;
  const endedShards = new Set<string>();

  const warn = (text: string) => bus.publish({ type: 'notice', level: 'warning', text });

  function shardOf(shardId: string): ShardLanes {
    const known = shards.get(shardId);
    if (known) return known;
    const lanes = openShardLanes({
      ...configuration,
      clock,
      stopped: stopped.signal,
      isFlushing: () => drains > 0 || endedShards.has(shardId),
      invoke: fn.invoke,
      onInvoked(records, result, verdict) {
        counts.invocations += 1;
        if (!verdict.ok) counts.failedInvocations += 1;
        counts.processedRecords += verdict.ok ? records.length : verdict.from;
        bus.publish(invocationEvent(fn.name, records.length, result, verdict));
      },
      abandon: (records, condition, invocations, lastResult) =>
        abandon({ shardId, records, condition, invocations, lastResult }),
      onCheckpoint: (sequenceNumber) => save(shardId, { sequenceNumber }),
    });
    shards.set(shardId, lanes);
    return lanes;
  }

  async function save(shardId: string, checkpoint: Parameters<Checkpoints['save']>[1]): Promise<void> {
    try {
      await checkpoints.save(shardId, checkpoint);
    } catch (error) {
      // The next checkpoint takes its place; after a crash before that, some records come again.
      warn(`The checkpoint of ${fn.name} could not be written: ${(error as Error).message}`);
    }
  }

  /** False when stopped before the batch was safe. */
  async function abandon(batch: AbandonedBatch): Promise<boolean> {
    const { records, condition, lastResult } = batch;
    const bucket = configuration.failureBucket;
    const object = failureObject(
      batch,
      { mappingId: options.id, functionArn: fn.arn, streamArn: configuration.streamArn },
      new Date(clock.now()),
    );
    for (let failures = 1; bucket !== undefined; failures += 1) {
      try {
        options.beforeWrite?.();
        await putObject(options.s3Root, bucket, object.key, object.body);
        break;
      } catch (error) {
        if (failures === 1) warn(`A failed batch could not be kept: ${(error as Error).message}. Trying on.`);
        await clock.sleep(backoffMs(failures, DESTINATION_RETRY), stopped.signal);
        if (stopped.signal.aborted) return false;
      }
    }
    counts.abandonedRecords += records.length;
    const why = lastResult && lastResult.status !== 'ok' ? `: ${firstLine(lastResult)}` : '';
    bus.publish({
      type: 'batch-abandoned',
      functionName: fn.name,
      records: records.length,
      key: bucket === undefined ? '' : object.key,
      reason: `${condition}${why}`,
    });
    return true;
  }

  const reader = readStream({
    client: options.client,
    streamName: configuration.streamName,
    startingPosition: configuration.startingPosition,
    checkpoints,
    pollMs: options.pollMs ?? DEFAULT_POLL_MS,
    onRecords: (shardId, records) =>
      shardOf(shardId).accept(records.map((record) => toEventRecord(shardId, record, source))),
    async onShardEnd(shardId) {
      // No further record can fill the last batch.
      endedShards.add(shardId);
      shardOf(shardId).wake();
      await Promise.race([shardOf(shardId).settled(), shardOf(shardId).finished]);
      if (!stopped.signal.aborted) await save(shardId, 'SHARD_END');
    },
    onTrouble(error, failures) {
      if (failures !== TROUBLE_WORTH_A_NOTICE && error.name !== 'InvalidArgumentException') return;
      warn(`Reading ${configuration.streamName} for ${fn.name}: ${error.message}. Trying on.`);
    },
  });

  return {
    counts: () => ({ ...counts }),
    async drain() {
      drains += 1;
      try {
        for (const shard of shards.values()) shard.wake();
        await reader.drain();
        await Promise.race([
          Promise.all([...shards.values()].map((shard) => shard.settled())),
          new Promise((resolve) => stopped.signal.addEventListener('abort', resolve, { once: true })),
        ]);
      } finally {
        drains -= 1;
      }
    },
    async stop() {
      stopped.abort();
      for (const shard of shards.values()) shard.wake();
      await reader.stop();
      await Promise.all([...shards.values()].map((shard) => shard.finished));
    },
  };
}

function firstLine(result: Exclude<InvocationResult, { status: 'ok' }>): string {
  const message = result.errorMessage.split('\n', 1)[0] ?? '';
  return result.status === 'timeout' ? message : `${result.errorType}: ${message}`;
}

function invocationEvent(
  functionName: string,
  records: number,
  result: InvocationResult,
  verdict: Verdict,
): RuntimeEvent {
  const event = { type: 'invocation', functionName, records, durationMs: result.durationMs } as const;
  if (result.status !== 'ok') {
    const outcome = result.status === 'timeout' ? 'timeout' : 'error';
    return { ...event, outcome, error: firstLine(result) };
  }
  return verdict.ok ? { ...event, outcome: 'ok' } : { ...event, outcome: 'partial', error: verdict.reason };
}
