/**
 * A Firehose delivery stream: takes records and delivers Parquet, as the properties of its
 * `AWS::KinesisFirehose::DeliveryStream` say. Properties that it cannot obey are an error at the start.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '../base/clock.ts';
import { createInTurn } from '../base/in-turn.ts';
import { type Measure, measureOf } from '../base/measure.ts';
import { SetupError } from '../base/setup-error.ts';
import type { CatalogTable } from '../glue/catalog.ts';
import type { Actor } from '../iam/service.ts';
import type { Counts } from '../kinesis/log/counts.ts';
import type { Checkpoint } from '../kinesis/reader/checkpoints.ts';
import type { Passed } from '../kinesis/reader/passed.ts';
import { arnOf } from '../stack/identities.ts';
import { AwsError } from '../wire/aws-error.ts';
import { type DeliveryAccess, deliveryAccess } from './access.ts';
import {
  createDeliveries,
  type Deliveries,
  type DeliveriesOptions,
  type DeliveryCounts,
} from './deliveries.ts';
import type { SourceRecord } from './error-entry.ts';
import { Filling, type FillingParts } from './filling.ts';
import { Intake } from './intake.ts';
import { loadJournal } from './journal.ts';
import { sayGone, sayLost } from './losses.ts';
import { createPartitionKeyReader } from './partition-keys.ts';
import { type Destination, parseDestination } from './properties.ts';
import { loadSpool } from './spool.ts';
import { createTransform, type Transform, type TransformOptions } from './transform.ts';

export interface DeliveryStreamOptions
  extends Pick<DeliveriesOptions, 'name' | 's3Root' | 'bus' | 'beforeWrite'> {
  /** Resolved CloudFormation properties. */
  properties: unknown;
  tables: (database: string, table: string) => CatalogTable;
  /** Journal and spool of this delivery stream are in a folder of its name in here. */
  stateDir: string;
  clock?: Clock;
  /** The function that transforms the lines, where the properties name one. */
  functions?: (arn: string) => TransformOptions['fn'];
  /** Who uses a role for this delivery stream. */
  actorOf?: (roleArn: string) => Pick<Actor, 'check'>;
}

/** A record of a Kinesis stream, with what its shard comes to up to it. */
export type StreamSourceRecord = SourceRecord & { sequenceNumber: string; passed?: Passed };

/** Before base64; the API's own limit. */
const MAX_RECORD_BYTES = 1000 * 1024;

/** @throws SetupError when the properties ask for something that is not supported here */
export async function openDeliveryStream(options: DeliveryStreamOptions): Promise<DeliveryStream> {
  const { name, s3Root, clock = systemClock } = options;
  const destination = parseDestination(name, options.properties);
  const { schema, prefix, partitionQuery, delimiter } = destination;
  const table = options.tables(schema.databaseName, schema.tableName);
  const keyReader =
    partitionQuery === undefined ? undefined : await createPartitionKeyReader(partitionQuery, prefix);
  const intake = new Intake({ table, delimiter, keyReader, clock });

  const folder = join(options.stateDir, name);
  // Next to the buckets, so that an object can be moved into one; the name of a bucket never begins with a dot.
  const staging = join(s3Root, '.incoming', name);
  const journal = await loadJournal(join(folder, 'journal.json'), clock);
  sayGone(options.bus, name, journal.gone);
  await rm(staging, { recursive: true, force: true });
  const { spool, left, lost } = await loadSpool(join(folder, 'spool'), journal.state.spoolSegment);
  sayLost(options.bus, name, lost, join(folder, 'spool'));
  const access = deliveryAccess(destination, options.actorOf);
  const transform = transformOf(destination, options, access, clock);
  const stream = new DeliveryStream({
    ...{ ...options, destination, table, intake, transform, access, journal, spool, staging, clock },
  });
  if (left.length > 0) await stream.resume(left);
  return stream;
}

function transformOf(
  { transform, delimiter }: Destination,
  { name, functions }: DeliveryStreamOptions,
  access: DeliveryAccess,
  clock: Clock,
): Transform | undefined {
  if (!transform) return undefined;
  const { functionArn, ...limits } = transform;
  if (!functions)
    throw new SetupError(`Delivery stream ${name} transforms by ${functionArn}: no functions run here`);
  const deliveryStreamArn = arnOf('firehose', `deliverystream/${name}`);
  const mayInvoke = () => access.invoke(functionArn);
  return createTransform({
    ...{ ...limits, fn: functions(functionArn), deliveryStreamArn, delimiter, clock, mayInvoke },
  });
}

type StreamParts = Omit<DeliveriesOptions, 'closing'> & FillingParts;

interface Put {
  data: Uint8Array;
  arrivalMs: number;
  resolve(): void;
  reject(error: unknown): void;
}

export class DeliveryStream {
  /** The last record of each shard that is in an object: reading continues after it when the process restarts. */
  readonly checkpoints: {
    readonly startedAt: number;
    get(shardId: string): Checkpoint | undefined;
    passed(shard: string): Counts | undefined;
    note(passed: readonly Passed[]): Promise<void>;
  };
  /** See {@link DeliveryAccess}. */
  readonly refused: AbortSignal;
  readonly #parts: StreamParts;
  readonly #deliveries: Deliveries;
  readonly #measure: Measure;
  readonly #closing = new AbortController();
  readonly #filling: Filling;
  /** Takes and seals, so that every record is in the buffer that its order asks for. */
  readonly #inTurn = createInTurn();
  #puts: Put[] = [];

  constructor(parts: StreamParts) {
    this.#parts = parts;
    this.refused = parts.access.refused;
    this.#deliveries = createDeliveries({ ...parts, closing: this.#closing.signal });
    this.#filling = new Filling(parts, this.#deliveries, () =>
      this.#inBackground(() => this.#filling.seal()),
    );
    this.#measure = measureOf(parts.bus, 'AWS/Firehose', { DeliveryStreamName: parts.name });
    parts.bus.on('sample', this.#sample);
    const { journal } = parts;
    this.checkpoints = {
      startedAt: journal.state.startedAt,
      get(shardId) {
        const sequenceNumber = journal.state.shards[shardId];
        return sequenceNumber === undefined ? undefined : { sequenceNumber };
      },
      passed: (shard) => journal.state.passed?.[shard],
      note: (passed) => journal.note(passed),
    };
  }

  /** Takes records that an earlier process accepted and did not deliver. */
  async resume(records: readonly SourceRecord[]): Promise<void> {
    await this.#inTurn(() => this.#filling.take(records));
  }

  /** Takes records of a shard, in order. Resolves when they are buffered; waits while the buffer is full. */
  async accept(shardId: string, records: readonly StreamSourceRecord[]): Promise<void> {
    this.#mustBeOpen();
    const passed = records.at(-1)?.passed;
    await this.#inTurn(() => this.#filling.take(records, shardId, passed));
  }

  /**
   * Takes a record that a caller puts directly. The record is durable when this resolves.
   * @throws AwsError for a record that is too large
   */
  async put(data: Uint8Array): Promise<void> {
    this.#mustBeOpen();
    if (data.length > MAX_RECORD_BYTES) {
      const text = `Expected a record of at most ${MAX_RECORD_BYTES} bytes, got ${data.length}`;
      throw new AwsError('InvalidArgumentException', text);
    }
    this.#measure('IncomingRecords', 1);
    this.#measure('IncomingBytes', data.length, 'Bytes');
    await new Promise<void>((resolve, reject) => {
      this.#puts.push({ data, arrivalMs: this.#parts.clock.now(), resolve, reject });
      this.#inBackground(() => this.#takePuts());
    });
  }

  /** Resolves when every record taken so far is in an object. */
  async flush(): Promise<void> {
    await this.#inTurn(() => this.#filling.seal());
    await this.#deliveries.delivered();
  }

  /** From now on a write that fails is tried only once more: the next start delivers what is left. */
  stopTrying(): void {
    this.#closing.abort();
  }

  /** Flushes and ends. Rejects when the last buffer could not be delivered: the next start delivers it. */
  async close(): Promise<void> {
    this.#parts.bus.off('sample', this.#sample);
    this.stopTrying();
    try {
      await this.flush();
      await this.#parts.journal.forgetMoves();
    } finally {
      // Other buffers may still be writing into the folder.
      await Promise.allSettled([this.#deliveries.settled(), this.#filling.settled()]);
    }
  }

  /** Delivered since the start of the process. */
  counts(): DeliveryCounts {
    return this.#deliveries.counts();
  }

  /** Also while nothing gets through: the age of what waits. */
  readonly #sample = (): void => {
    const oldestMs = Math.min(this.#filling.oldestMs, this.#deliveries.oldestMs());
    if (oldestMs === Number.POSITIVE_INFINITY) return;
    this.#measure('DeliveryToS3.DataFreshness', (this.#parts.clock.now() - oldestMs) / 1000, 'Seconds');
  };

  #mustBeOpen(): void {
    if (this.#closing.signal.aborted) throw new Error(`Delivery stream ${this.#parts.name} is closed`);
  }

  /** For a step that no caller waits for. */
  #inBackground(work: () => Promise<void>): void {
    this.#inTurn(work).catch((error) => this.#deliveries.complain('stopped', error));
  }

  /** All puts that wait at this moment share one write to the spool. */
  async #takePuts(): Promise<void> {
    const waiting = this.#puts;
    this.#puts = [];
    if (waiting.length === 0) return;
    try {
      await this.#parts.spool.append(waiting);
    } catch (error) {
      for (const { reject } of waiting) reject(error);
      return;
    }
    for (const { resolve } of waiting) resolve();
    await this.#filling.take(waiting);
  }
}
