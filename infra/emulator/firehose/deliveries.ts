/** Batches on their way into the bucket, one after the other; a disk that refuses them is tried again. */
import { join } from 'node:path';
import { retry } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { EventBus } from '../base/events.ts';
import type { CatalogTable } from '../glue/catalog.ts';
import type { Journal } from './journal.ts';
import { publishBatch, type SealedBatch, stageBatch } from './objects.ts';
import type { Destination } from './properties.ts';
import type { Spool } from './spool.ts';

export interface DeliveryCounts {
  records: number;
  /** Rows in Parquet objects, and lines under the error prefix: together all lines that came in. */
  rows: number;
  errorLines: number;
  errorEntries: number;
  objects: number;
  bytes: number;
}

export interface DeliveriesOptions {
  /** Of the delivery stream. */
  name: string;
  destination: Destination;
  table: CatalogTable;
  s3Root: string;
  journal: Journal;
  spool: Spool;
  bus: EventBus;
  clock: Clock;
  /** When aborted, a write that fails is tried once more, without waiting. */
  closing: AbortSignal;
  /** Called before each write; what it throws is a failure of that write. */
  beforeWrite?(): void;
}

export interface Deliveries {
  /** Delivers a batch behind the others. Resolves when it is on its way; rejects when an earlier one has failed. */
  add(seal: () => SealedBatch): Promise<void>;
  /** Resolves when all that was added is in objects. */
  delivered(): Promise<void>;
  /** Resolves when nothing is being written any more. */
  settled(): Promise<unknown>;
  /** Tries a write until the disk takes it. */
  persist<T>(what: string, attempt: () => Promise<T>): Promise<T>;
  complain(what: string, error: Error): void;
  /** Since the start of the process. */
  counts(): DeliveryCounts;
}

/** Sealed batches that are not delivered yet: two that are being written as Parquet, and the next. */
const MAX_ON_THEIR_WAY = 3;
const RETRY = { baseMs: 200, maxMs: 10_000 };

export function createDeliveries(options: DeliveriesOptions): Deliveries {
  const { name, destination, table, journal, spool, bus, clock, closing } = options;
  const bucketFolder = join(options.s3Root, destination.bucket);
  const counts = { records: 0, rows: 0, errorLines: 0, errorEntries: 0, objects: 0, bytes: 0 };
  /** Each resolves after the one before. */
  const onTheirWay: Promise<void>[] = [];

  function complain(what: string, { message }: Error): void {
    const text = `${name}: ${what}: ${message.split('\n')[0]}`;
    bus.publish({ type: 'notice', level: 'error', text, deliveryStream: name });
  }

  /** A full disk must not lose what was taken: as on AWS, it is tried again, and nothing more is taken meanwhile. */
  function persist<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    const guarded = async () => {
      options.beforeWrite?.();
      return attempt();
    };
    const onFailure = (error: Error, failures: number) =>
      complain(`${what} failed (attempt ${failures})`, error);
    return retry(guarded, { clock, backoff: RETRY, stopped: closing, onFailure });
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
      counts[kind === 'data' ? 'rows' : 'errorEntries'] += rows;
    }
    // What is left is forgotten with the next, or at the next start.
    await spool
      .release(sealed.spoolSegment)
      .catch((error) => complain('Deleting delivered records failed', error));
    bus.publish({ type: 'delivery', deliveryStream: name, objects });
  }

  return {
    async add(seal) {
      if (onTheirWay.length === MAX_ON_THEIR_WAY) {
        // One that failed stays, and those that come next hear of it, too.
        await onTheirWay[0];
        onTheirWay.shift();
      }
      const delivering = deliver(seal(), onTheirWay.at(-1));
      // Those that wait for it learn of the failure, but perhaps nobody does.
      delivering.catch(() => undefined);
      onTheirWay.push(delivering);
    },
    delivered: async () => onTheirWay.at(-1),
    settled: () => Promise.allSettled(onTheirWay),
    persist,
    complain,
    counts: () => ({ ...counts }),
  };
}
