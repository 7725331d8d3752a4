/**
 * Lambda's event source mapping: reads a Kinesis stream and invokes a function with batches of records, with the
 * retries, splitting, limits and failure destination that the template asks for.
 */
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { type Clock, systemClock } from '../base/clock.ts';
import type { EventBus } from '../base/events.ts';
import { type Measure, measureOf } from '../base/measure.ts';
import { aborted } from '../base/waker.ts';
import type { Checkpoint, Checkpoints } from '../kinesis/reader/checkpoints.ts';
import type { Passed } from '../kinesis/reader/passed.ts';
import {
  type StreamReader,
  type StreamReaderOptions,
  type StreamRecord,
  startStreamReader,
} from '../kinesis/reader/stream-reader.ts';
import type { InvocationResult, LambdaFunction } from '../lambda/function.ts';
import type { Verdict } from './batch.ts';
import { type MappingConfiguration, parseMapping } from './configuration.ts';
import { type EventRecord, toEventRecord } from './event.ts';
import { type AbandonedBatch, type FailureDestination, keepFailure } from './failure-destination.ts';
import { abandonedEvent, invocationEvent } from './runtime-events.ts';
import { type ShardLanes, startShardLanes } from './shard-lanes.ts';

export interface MappingOptions extends Pick<FailureDestination, 's3Root' | 'beforeWrite' | 'mayKeep'> {
  /** The mapping's UUID, which `Ref` returns. */
  id: string;
  /** Resolved properties of the `AWS::Lambda::EventSourceMapping`. */
  properties: unknown;
  client: KinesisClient;
  fn: LambdaFunction;
  checkpoints: Pick<Checkpoints, 'startedAt' | 'get' | 'save'>;
  bus: EventBus;
  /** Called when a batch that was given up is in the bucket. */
  onKept?(bucket: string, key: string, bytes: number): void;
  /** Looks for records that are lost, see {@link StreamReaderOptions}. */
  audit?: StreamReaderOptions['audit'];
  /** Time between two reads at the end of a shard, in ms. */
  pollMs?: number;
  clock?: Clock;
}

export interface MappingCounts {
  invocations: number;
  /** Invocations that failed, also in part. */
  failedInvocations: number;
  processedRecords: number;
  abandonedRecords: number;
}

/** AWS polls a shard once a second. */
const DEFAULT_POLL_MS = 200;
/** After so many failed reads in a row there is a notice. */
const FAILURES_WORTH_A_NOTICE = 3;

/** @throws SetupError when the mapping has a property that is not supported here */
export const startEventSourceMapping = (options: MappingOptions) => new EventSourceMapping(options);

export class EventSourceMapping {
  readonly #options: MappingOptions;
  readonly #clock: Clock;
  readonly #configuration: MappingConfiguration;
  readonly #reader: StreamReader;
  readonly #measure: Measure;
  readonly #stopped = new AbortController();
  readonly #shards = new Map<string, ShardLanes>();
  /** Of each shard, in order: what a record that is under way comes to, by its sequence number. */
  readonly #passed = new Map<string, Map<string, Passed>>();
  readonly #endedShards = new Set<string>();
  readonly #counts: MappingCounts = {
    invocations: 0,
    failedInvocations: 0,
    processedRecords: 0,
    abandonedRecords: 0,
  };
  #drains = 0;

  constructor(options: MappingOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#configuration = parseMapping(options.properties);
    this.#measure = measureOf(options.bus, 'AWS/Lambda', { FunctionName: options.fn.name });
    const { streamName, startingPosition, consumerArn } = this.#configuration;
    this.#reader = startStreamReader({
      client: options.client,
      streamName,
      consumerArn,
      startingPosition,
      checkpoints: options.checkpoints,
      pollMs: options.pollMs ?? DEFAULT_POLL_MS,
      clock: this.#clock,
      audit: options.audit,
      onRecords: (shardId, records) => this.#lanesOf(shardId).accept(this.#eventRecords(shardId, records)),
      onShardEnd: (shardId) => this.#endShard(shardId),
      onFailure: (error, failures) => {
        if (failures !== FAILURES_WORTH_A_NOTICE && error.name !== 'InvalidArgumentException') return;
        this.#warn(`Reading ${streamName} for ${options.fn.name}: ${error.message}. Trying on.`);
      },
    });
  }

  counts(): MappingCounts {
    return { ...this.#counts };
  }

  /**
   * Resolves when everything that is in the stream now is processed or given up, or when IAM denies the function a call.
   * Batches do not wait for their window; retries still wait.
   */
  async drain(): Promise<void> {
    this.#drains += 1;
    try {
      for (const shard of this.#shards.values()) shard.wake();
      await Promise.race([this.#reader.drain(), aborted(this.#options.fn.actor.refused)]);
      const settled = [...this.#shards.values()].map((shard) => shard.settled());
      // What IAM denies is denied at every retry: the next start goes on from here.
      const inVain = [aborted(this.#stopped.signal), aborted(this.#options.fn.actor.refused)];
      await Promise.race([Promise.all(settled), ...inVain]);
    } finally {
      this.#drains -= 1;
    }
  }

  /** Starts no more invocations. Resolves when those under way have ended: killing the function hastens that. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    for (const shard of this.#shards.values()) shard.wake();
    await this.#reader.stop();
    await Promise.all([...this.#shards.values()].map((shard) => shard.finished));
  }

  #eventRecords(shardId: string, records: readonly StreamRecord[]): EventRecord[] {
    const { streamArn, region } = this.#configuration;
    const source = { streamArn, region, roleArn: this.#options.fn.roleArn };
    const passedBy = this.#passed.get(shardId) ?? new Map<string, Passed>();
    for (const { sequenceNumber, passed } of records) passedBy.set(sequenceNumber, passed);
    this.#passed.set(shardId, passedBy);
    return records.map((record) => toEventRecord(shardId, record, source, this.#clock));
  }

  #lanesOf(shardId: string): ShardLanes {
    const known = this.#shards.get(shardId);
    if (known) return known;
    const lanes = startShardLanes({
      ...this.#configuration,
      clock: this.#clock,
      stopped: this.#stopped.signal,
      isFlushing: () => this.#drains > 0 || this.#endedShards.has(shardId),
      invoke: this.#options.fn.invoke,
      onInvoked: (...invocation) => this.#count(...invocation),
      abandon: (records, condition, invocations, lastResult) =>
        this.#abandon({ shardId, records, condition, invocations, lastResult }),
      onCheckpoint: (sequenceNumber) => this.#save(shardId, { sequenceNumber }),
    });
    this.#shards.set(shardId, lanes);
    return lanes;
  }

  /** Sends the last batch of the shard at once: no further record can fill it. */
  async #endShard(shardId: string): Promise<void> {
    this.#endedShards.add(shardId);
    const lanes = this.#lanesOf(shardId);
    lanes.wake();
    await Promise.race([lanes.settled(), lanes.finished]);
    if (!this.#stopped.signal.aborted) await this.#save(shardId, 'SHARD_END');
  }

  #count(records: readonly EventRecord[], result: InvocationResult, verdict: Verdict): void {
    this.#counts.invocations += 1;
    if (!verdict.ok) this.#counts.failedInvocations += 1;
    this.#counts.processedRecords += verdict.ok ? records.length : verdict.from;
    const { bus, fn } = this.#options;
    const startedMs = this.#clock.now() - result.durationMs;
    const ageMs = Math.max(0, startedMs - (records.at(-1)?.arrivalMs ?? startedMs));
    this.#measure('IteratorAge', ageMs, 'Milliseconds');
    bus.publish(invocationEvent(fn.name, records.length, result, verdict));
  }

  async #save(shardId: string, checkpoint: Checkpoint): Promise<void> {
    const { checkpoints, fn } = this.#options;
    try {
      await checkpoints.save(shardId, checkpoint, this.#passedAt(shardId, checkpoint));
    } catch (error) {
      // The next checkpoint replaces it; after a crash before that, some records come again.
      this.#warn(`The checkpoint of ${fn.name} could not be written: ${(error as Error).message}`);
    }
  }

  /** Forgets the records up to the checkpoint. */
  #passedAt(shardId: string, checkpoint: Checkpoint): Passed | undefined {
    const passedBy = this.#passed.get(shardId);
    if (checkpoint === 'SHARD_END' || !passedBy?.has(checkpoint.sequenceNumber)) return undefined;
    for (const [sequenceNumber, passed] of passedBy) {
      passedBy.delete(sequenceNumber);
      if (sequenceNumber === checkpoint.sequenceNumber) return passed;
    }
    return undefined;
  }

  /** Resolves to false when stopped before the batch was safe. */
  async #abandon(batch: AbandonedBatch): Promise<boolean> {
    const { id, fn, s3Root, beforeWrite, mayKeep, bus } = this.#options;
    const key = await keepFailure(batch, {
      mappingId: id,
      functionArn: fn.arn,
      streamArn: this.#configuration.streamArn,
      s3Root,
      bucket: this.#configuration.failureBucket,
      clock: this.#clock,
      stopped: this.#stopped.signal,
      ...{ beforeWrite, mayKeep },
      onKept: this.#options.onKept,
      onFailure: () => this.#measure('DestinationDeliveryFailures', 1),
      warn: (text) => this.#warn(text),
    });
    if (key === undefined) return false;
    this.#counts.abandonedRecords += batch.records.length;
    bus.publish(abandonedEvent(fn.name, batch, key));
    return true;
  }

  #warn(text: string): void {
    this.#options.bus.warn(text);
  }
}
