/**
 * A delivery stream of Firehose: takes records, delivers Parquet. Behaves as the properties of its
 * `AWS::KinesisFirehose::DeliveryStream` say; what they ask for and this cannot do is refused at the start.
 */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock, type Timer } from '../base/clock.ts';
import type { EventBus } from '../base/events.ts';
import type { CatalogTable } from '../glue/catalog.ts';
import type { Checkpoint } from '../kinesis/checkpoints.ts';
import { AwsError } from '../wire/aws-error.ts';
import { Batch } from './batch.ts';
import {
  createDeliveries,
  type Deliveries,
  type DeliveriesOptions,
  type DeliveryCounts,
} from './deliveries.ts';
import type { SourceRecord } from './error-entry.ts';
import { Intake } from './intake.ts';
import { openJournal } from './journal.ts';
import { sealBatch } from './objects.ts';
import { createPartitionKeyReader } from './partition-keys.ts';
import { parseDestination } from './properties.ts';
import { openSpool } from './spool.ts';

export interface DeliveryStreamOptions {
  name: string;
  /** Resolved CloudFormation properties. */
  properties: unknown;
  tables: (database: string, table: string) => CatalogTable;
  /** Buckets are folders in it; objects are files. */
  s3Root: string;
  /** Journal and spool of this delivery stream are in a folder of its name in here. */
  stateDir: string;
  bus: EventBus;
  clock?: Clock;
  /** Called before each write; what it throws is a failure of that write. */
  beforeWrite?(): void;
}

/** A record of a Kinesis stream. */
export type StreamSourceRecord = SourceRecord & { sequenceNumber: string };

export interface DeliveryStream {
  /** Takes records of a shard, in order. Resolves when they are buffered; waits while the buffer is full. */
  accept(shardId: string, records: readonly StreamSourceRecord[]): Promise<void>;
  /**
   * Takes a record that is put directly; durable when it resolves.
   * @throws AwsError for a record that is too large
   */
  put(data: Uint8Array): Promise<void>;
  /** Last record per shard that is in an object: where to read on after a restart. */
  readonly checkpoints: { readonly startedAt: number; get(shardId: string): Checkpoint | undefined };
  /** Resolves when all that was taken is in objects. */
  flush(): Promise<void>;
  /** Flushes and ends. Rejects when the last batch could not be delivered; the next start does it then. */
  close(): Promise<void>;
  /** Delivered since the start of the process. */
  counts(): DeliveryCounts;
}

/** Before base64; the API's own limit. */
const MAX_RECORD_BYTES = 1000 * 1024;

/**
 * @throws SetupError when the properties ask for something that is not supported here
 */
export async function openDeliveryStream(options: DeliveryStreamOptions): Promise<DeliveryStream> {
  const { name, s3Root, clock = systemClock } = options;
  const destination = parseDestination(name, options.properties);
  const { schema, prefix, partitionQuery, delimiter } = destination;
  const table = options.tables(schema.databaseName, schema.tableName);
  const keyReader =
    partitionQuery === undefined ? undefined : await createPartitionKeyReader(partitionQuery, prefix);
  const intake = new Intake({ table, delimiter, keyReader, clock });

  const folder = join(options.stateDir, name);
  // Beside the buckets, so that an object can be moved to its place; no bucket's name begins with a dot.
  const staging = join(s3Root, '.incoming', name);
  const journal = await openJournal(join(folder, 'journal.json'), clock);
  await rm(staging, { recursive: true, force: true });
  const { spool, left } = await openSpool(join(folder, 'spool'), journal.state.spoolSegment);
  const intervalMs = destination.bufferSeconds * 1000;
  const parts = { ...options, destination, table, intake, journal, spool, staging, intervalMs, clock };
  const stream = new Stream(parts);
  if (left.length > 0) await stream.resume(left);
  return stream;
}

interface StreamParts extends Omit<DeliveriesOptions, 'closing'> {
  intake: Intake;
  /** Folder of what is not delivered yet. */
  staging: string;
  intervalMs: number;
}

interface Put {
  data: Uint8Array;
  arrivalMs: number;
  resolve(): void;
  reject(error: unknown): void;
}

class Stream implements DeliveryStream {
  readonly checkpoints: DeliveryStream['checkpoints'];
  readonly #parts: StreamParts;
  readonly #deliveries: Deliveries;
  readonly #closing = new AbortController();
  #batch: Batch;
  /** Ends the batch. */
  #timer: Timer | undefined;
  #buffering: Promise<void> = Promise.resolve();
  #turn: Promise<unknown> = Promise.resolve();
  #puts: Put[] = [];

  constructor(parts: StreamParts) {
    this.#parts = parts;
    this.#deliveries = createDeliveries({ ...parts, closing: this.#closing.signal });
    this.#batch = this.#newBatch();
    const { journal } = parts;
    this.checkpoints = {
      startedAt: journal.state.startedAt,
      get(shardId) {
        const sequenceNumber = journal.state.shards[shardId];
        return sequenceNumber === undefined ? undefined : { sequenceNumber };
      },
    };
  }

  /** Takes records that an earlier process had taken and not delivered. */
  async resume(records: readonly SourceRecord[]): Promise<void> {
    await this.#exclusive(() => this.#take(records));
  }

  async accept(shardId: string, records: readonly StreamSourceRecord[]): Promise<void> {
    this.#refuseIfClosed();
    await this.#exclusive(() => this.#take(records, shardId));
  }

  async put(data: Uint8Array): Promise<void> {
    this.#refuseIfClosed();
    if (data.length > MAX_RECORD_BYTES) {
      const text = `Expected a record of at most ${MAX_RECORD_BYTES} bytes, got ${data.length}`;
      throw new AwsError('InvalidArgumentException', text);
    }
    await new Promise<void>((resolve, reject) => {
      this.#puts.push({ data, arrivalMs: this.#parts.clock.now(), resolve, reject });
      this.#inBackground(() => this.#takePuts());
    });
  }

  async flush(): Promise<void> {
    await this.#exclusive(() => this.#seal());
    await this.#deliveries.delivered();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    try {
      await this.flush();
    } finally {
      // The others may still be writing into the folder.
      await Promise.allSettled([this.#deliveries.settled(), this.#buffering]);
    }
  }

  counts(): DeliveryCounts {
    return this.#deliveries.counts();
  }

  #refuseIfClosed(): void {
    if (this.#closing.signal.aborted) throw new Error(`Delivery stream ${this.#parts.name} is closed`);
  }

  /** In a folder whose name never comes again: the journal's moves are made again at the next start. */
  #newBatch(): Batch {
    const { staging, destination } = this.#parts;
    return new Batch(join(staging, `batch-${randomUUID()}`), destination.schema);
  }

  /** One thing at a time: what is taken, and when a batch ends, must be in one order. */
  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  /** For what nobody waits for. */
  #inBackground(work: () => Promise<void>): void {
    this.#exclusive(work).catch((error) => this.#deliveries.complain('stopped', error));
  }

  /** The size of a batch is a hint: records that came together stay together. */
  async #take(records: readonly SourceRecord[], shardId?: string): Promise<void> {
    const { intake, clock, destination, intervalMs } = this.#parts;
    const batch = this.#batch;
    await intake.take(batch, records, () => this.#makeRoom(batch));
    const last = records.at(-1)?.sequenceNumber;
    if (shardId !== undefined && last !== undefined) batch.lastTaken.set(shardId, last);
    if (!batch.isEmpty) {
      this.#timer ??= clock.after(intervalMs, () => this.#inBackground(() => this.#seal()));
    }
    if (batch.bytes >= destination.bufferBytes) await this.#seal();
  }

  /** Puts on disk what is buffered, while the next records are looked at; no further before the disk has taken it. */
  async #makeRoom(batch: Batch): Promise<void> {
    await this.#buffering;
    // If it fails for good, the delivery of the batch tries once more, and says so.
    this.#buffering = this.#deliveries
      .persist('Buffering on disk', () => batch.spill())
      .catch(() => undefined);
  }

  async #seal(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#batch.isEmpty) return;
    const { name, destination, spool, clock } = this.#parts;
    await this.#deliveries.add(() => {
      const batch = this.#batch;
      this.#batch = this.#newBatch();
      return sealBatch(batch, { name, destination, spoolSegment: spool.rotate(), nowMs: clock.now() });
    });
  }

  /** All that wait at this moment share one write to the spool. */
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
    await this.#take(waiting);
  }
}
