/**
 * A delivery stream of Firehose: takes records, delivers Parquet. Behaves as the properties of its
 * `AWS::KinesisFirehose::DeliveryStream` say; what they ask for and this cannot do is refused at the start.
 */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { backoffMs, sleep } from '../base/backoff.ts';
import type { EventBus } from '../base/events.ts';
import type { CatalogTable } from '../glue/catalog.ts';
import type { Checkpoint } from '../kinesis/checkpoints.ts';
import { AwsError } from '../wire/aws-error.ts';
import { Batch } from './batch.ts';
import type { SourceRecord } from './error-entry.ts';
import { Intake } from './intake.ts';
import { openJournal } from './journal.ts';
import { publishBatch, type SealedBatch, sealBatch, stageBatch } from './objects.ts';
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
  /** In ms since the epoch. */
  now?: () => number;
  /** In place of the template's hint, which on AWS cannot be short enough to wait for. */
  bufferIntervalSeconds?: number;
  /** Called before each write; what it throws is a failure of that write. */
  beforeWrite?(): void;
}

/** A record of a Kinesis stream. */
export type StreamSourceRecord = SourceRecord & { sequenceNumber: string };

export interface DeliveryCounts {
  records: number;
  /** Rows in Parquet objects, and lines under the error prefix: together all lines that came in. */
  rows: number;
  errorLines: number;
  errorEntries: number;
  objects: number;
  bytes: number;
}

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
/** Sealed batches that are not delivered yet: two that are being written as Parquet, and the next. */
const MAX_ON_THEIR_WAY = 3;
const RETRY = { baseMs: 200, maxMs: 10_000 };

/**
 * @throws UserError when the properties ask for something that is not supported here
 */
export async function openDeliveryStream(options: DeliveryStreamOptions): Promise<DeliveryStream> {
  const { name, bus, now = Date.now } = options;
  const destination = parseDestination(name, options.properties);
  const { schema, prefix, partitionQuery } = destination;
  const table = options.tables(schema.databaseName, schema.tableName);
  const keyReader =
    partitionQuery === undefined ? undefined : await createPartitionKeyReader(partitionQuery, prefix);
  const intake = new Intake({ table, delimiter: destination.delimiter, keyReader, now });

  const folder = join(options.stateDir, name);
  // Beside the buckets, so that an object can be moved to its place; no bucket's name begins with a dot.
  const staging = join(options.s3Root, '.incoming', name);
  const journal = await openJournal(join(folder, 'journal.json'), now);
  await rm(staging, { recursive: true, force: true });
  const { spool, left } = await openSpool(join(folder, 'spool'), journal.state.spoolSegment);
  const bucketFolder = join(options.s3Root, destination.bucket);
  const intervalMs = (options.bufferIntervalSeconds ?? destination.bufferSeconds) * 1000;

  const counts: DeliveryCounts = {
    records: 0,
    rows: 0,
    errorLines: 0,
    errorEntries: 0,
    objects: 0,
    bytes: 0,
  };
  let batch = newBatch();
  let timer: NodeJS.Timeout | undefined;
  /** In order: each resolves after the one before. */
  const onTheirWay: Promise<void>[] = [];
  let buffering: Promise<void> = Promise.resolve();
  let turn: Promise<unknown> = Promise.resolve();
  let puts: { data: Uint8Array; arrivalMs: number; resolve: () => void; reject: (error: unknown) => void }[] =
    [];
  const closing = new AbortController();

  /** In a folder whose name never comes again: the journal's moves are made again at the next start. */
  function newBatch(): Batch {
    return new Batch(join(staging, `batch-${randomUUID()}`), schema);
  }

  /** One thing at a time: what is taken, and when a batch ends, must be in one order. */
  function exclusive<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  }

  const complain = (what: string, error: unknown) => {
    const reason = (error as Error).message.split('\n')[0];
    bus.publish({ type: 'notice', level: 'error', text: `${name}: ${what}: ${reason}` });
  };
  /** For what nobody waits for. */
  const inBackground = (work: () => Promise<void>) =>
    void exclusive(work).catch((error) => complain('stopped', error));

  /** A full disk must not lose what was taken: as on AWS, it is tried again, and nothing more is taken meanwhile. */
  async function persist<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    for (let failures = 1; ; failures++) {
      try {
        options.beforeWrite?.();
        return await attempt();
      } catch (error) {
        complain(`${what} failed (attempt ${failures})`, error);
        if (closing.signal.aborted) throw error;
        await sleep(backoffMs(failures, RETRY), closing.signal);
      }
    }
  }

  /** Puts on disk what is buffered, while the next records are looked at; no further before the disk has taken it. */
  async function makeRoom(target: Batch): Promise<void> {
    await buffering;
    // Where it gives up at last, the delivery of the batch tries it once more, and says so.
    buffering = persist('Buffering on disk', () => target.spill()).catch(() => undefined);
  }

  /** The size of a batch is a hint: records that came together stay together. */
  async function take(records: readonly SourceRecord[], shardId?: string): Promise<void> {
    const target = batch;
    await intake.take(target, records, () => makeRoom(target));
    const last = records.at(-1)?.sequenceNumber;
    if (shardId !== undefined && last !== undefined) target.lastTaken.set(shardId, last);
    if (!target.isEmpty) timer ??= setTimeout(() => inBackground(seal), intervalMs);
    if (target.bytes >= destination.bufferBytes) await seal();
  }

  async function seal(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (batch.isEmpty) return;
    if (onTheirWay.length === MAX_ON_THEIR_WAY) {
      // One that failed stays, and whoever comes next hears of it, too.
      await onTheirWay[0];
      onTheirWay.shift();
    }
    const sealed = sealBatch(batch, { name, destination, spoolSegment: spool.rotate(), nowMs: now() });
    batch = newBatch();
    const delivering = deliver(sealed, onTheirWay.at(-1));
    // Whoever waits for it learns of the failure, but maybe nobody does.
    delivering.catch(() => undefined);
    onTheirWay.push(delivering);
  }

  /** @param previous resolves when the batch before is delivered: checkpoints only go forward */
  async function deliver(sealed: SealedBatch, previous: Promise<void> | undefined): Promise<void> {
    const objects = await persist('Writing objects', () => stageBatch(sealed, destination, table));
    await previous;
    await persist('Delivery', () => publishBatch(sealed, bucketFolder, journal));
    counts.records += sealed.batch.records;
    counts.errorLines += sealed.batch.errorLines;
    counts.objects += objects.length;
    for (const { kind, rows, bytes } of objects) {
      counts.bytes += bytes;
      if (kind === 'data') counts.rows += rows;
      else counts.errorEntries += rows;
    }
    // What is left is forgotten with the next, or at the next start.
    await spool
      .release(sealed.spoolSegment)
      .catch((error) => complain('Deleting delivered records failed', error));
    bus.publish({ type: 'delivery', deliveryStream: name, objects });
  }

  /** All that wait at this moment share one write to the spool. */
  async function takePuts(): Promise<void> {
    const waiting = puts;
    puts = [];
    if (waiting.length === 0) return;
    try {
      await spool.append(waiting);
    } catch (error) {
      for (const { reject } of waiting) reject(error);
      return;
    }
    for (const { resolve } of waiting) resolve();
    await take(waiting);
  }

  async function flush(): Promise<void> {
    await exclusive(seal);
    await onTheirWay.at(-1);
  }

  if (left.length > 0) await exclusive(() => take(left));

  const refuseIfClosed = () => {
    if (closing.signal.aborted) throw new Error(`Delivery stream ${name} is closed`);
  };
  return {
    async accept(shardId, records) {
      refuseIfClosed();
      await exclusive(() => take(records, shardId));
    },
    async put(data) {
      refuseIfClosed();
      if (data.length > MAX_RECORD_BYTES) {
        const text = `Expected a record of at most ${MAX_RECORD_BYTES} bytes, got ${data.length}`;
        throw new AwsError('InvalidArgumentException', text);
      }
      await new Promise<void>((resolve, reject) => {
        puts.push({ data, arrivalMs: now(), resolve, reject });
        inBackground(takePuts);
      });
    },
    checkpoints: {
      startedAt: journal.state.startedAt,
      get(shardId) {
        const sequenceNumber = journal.state.shards[shardId];
        return sequenceNumber === undefined ? undefined : { sequenceNumber };
      },
    },
    flush,
    async close() {
      closing.abort();
      try {
        await flush();
      } finally {
        // The others may still be writing into the folder.
        await Promise.allSettled([...onTheirWay, buffering]);
      }
    },
    counts: () => ({ ...counts }),
  };
}
