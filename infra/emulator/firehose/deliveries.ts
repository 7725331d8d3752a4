/** Sealed buffers on their way into the bucket, one after the other. A write that fails is tried again. */
import { join } from 'node:path';
import { retry } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { EventBus } from '../base/events.ts';
import { type Measure, measureOf } from '../base/measure.ts';
import type { CatalogTable } from '../glue/catalog.ts';
import { whyNotWritten } from '../state/disk-problem.ts';
import type { DeliveryAccess } from './access.ts';
import type { Journal } from './journal.ts';
import { type DeliveredObject, publishObjects, type SealedBuffer, stageObjects } from './objects.ts';
import type { Destination } from './properties.ts';
import type { Spool } from './spool.ts';

export interface DeliveryCounts {
  records: number;
  /** Rows in Parquet objects, and lines under the error prefix: together all lines that came in. */
  rows: number;
  errorLines: number;
  /** Lines that a transformation dropped on purpose. */
  droppedLines: number;
  errorEntries: number;
  objects: number;
  bytes: number;
}

export interface DeliveriesOptions {
  /** Of the delivery stream. */
  name: string;
  destination: Destination;
  access: DeliveryAccess;
  table: CatalogTable;
  /** Folder whose subfolders are the buckets. */
  s3Root: string;
  journal: Journal;
  spool: Spool;
  bus: EventBus;
  clock: Clock;
  /** Once aborted, a write that fails is tried only once more, without waiting. */
  closing: AbortSignal;
  /** Called before each write; what it throws is a failure of that write. */
  beforeWrite?(): void;
}

export interface Deliveries {
  /** Queues a buffer for delivery. Resolves when there is room for the next; rejects when an earlier one has failed. */
  add(seal: () => SealedBuffer): Promise<void>;
  /** Resolves when everything that was added is in objects. */
  delivered(): Promise<void>;
  /** Resolves when nothing is being written. */
  settled(): Promise<unknown>;
  persist<T>(what: string, attempt: () => Promise<T>): Promise<T>;
  complain(what: string, error: Error): void;
  /** Arrival of the oldest record that is not delivered yet; Infinity where all are. */
  oldestMs(): number;
  counts(): DeliveryCounts;
}

/** Sealed buffers that are not delivered yet: two that are being written as Parquet, and the next. */
const MAX_ON_THEIR_WAY = 3;
const RETRY = { baseMs: 200, maxMs: 10_000 };

export function createDeliveries(options: DeliveriesOptions): Deliveries {
  const { name, destination, access, table, journal, spool, bus, clock, closing } = options;
  const bucketFolder = join(options.s3Root, destination.bucket);
  const counts = {
    records: 0,
    rows: 0,
    errorLines: 0,
    droppedLines: 0,
    errorEntries: 0,
    objects: 0,
    bytes: 0,
  };
  const measure = measureOf(bus, 'AWS/Firehose', { DeliveryStreamName: name });
  const undelivered = new Set<SealedBuffer>();
  /** Each resolves after the one before it. */
  const onTheirWay: Promise<void>[] = [];

  function complain(what: string, error: Error): void {
    const text = `${name}: ${what}: ${whyNotWritten(error)}`;
    bus.publish({ type: 'notice', level: 'error', text, deliveryStream: name });
  }

  /** A full disk must not lose data: as on AWS, the write is tried again, and no more records are taken meanwhile. */
  function persist<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    const guarded = async () => {
      options.beforeWrite?.();
      return attempt();
    };
    const onFailure = (error: Error, failures: number) => {
      measure('DeliveryToS3.Success', 0);
      complain(`${what} failed (attempt ${failures})`, error);
    };
    return retry(guarded, { clock, backoff: RETRY, stopped: closing, onFailure });
  }

  /** @param previous resolves when the buffer before this one is delivered, as checkpoints only move forward */
  async function deliver(sealed: SealedBuffer, previous: Promise<void> | undefined): Promise<void> {
    const objects = await persist('Writing objects', () => {
      access.readColumns();
      return stageObjects(sealed, destination, table);
    });
    await previous;
    await persist('Delivery', () => {
      for (const { key } of objects) access.write(key);
      return publishObjects(sealed, bucketFolder, journal);
    });
    undelivered.delete(sealed);
    measureDelivery(measure, sealed, objects, clock.now());
    counts.records += sealed.buffer.records;
    counts.errorLines += sealed.buffer.errorLines;
    counts.droppedLines += sealed.buffer.droppedLines;
    counts.objects += objects.length;
    for (const { kind, rows, bytes } of objects) {
      counts.bytes += bytes;
      counts[kind === 'data' ? 'rows' : 'errorEntries'] += rows;
    }
    // Segments that stay are released with the next buffer, or at the next start.
    await spool
      .release(sealed.spoolSegment)
      .catch((error) => complain('Deleting delivered records failed', error));
    bus.publish({ type: 'delivery', deliveryStream: name, objects });
  }

  return {
    async add(seal) {
      if (onTheirWay.length === MAX_ON_THEIR_WAY) {
        // A delivery that failed stays in the list, so that every later one fails as well.
        await onTheirWay[0];
        onTheirWay.shift();
      }
      const sealed = seal();
      undelivered.add(sealed);
      const delivering = deliver(sealed, onTheirWay.at(-1));
      // Callers that await it still see the failure: this only prevents an unhandled rejection.
      delivering.catch(() => undefined);
      onTheirWay.push(delivering);
    },
    delivered: async () => onTheirWay.at(-1),
    settled: () => Promise.allSettled(onTheirWay),
    persist,
    complain,
    oldestMs: () => Math.min(...[...undelivered].map(({ buffer }) => buffer.oldestMs)),
    counts: () => ({ ...counts }),
  };
}

function measureDelivery(
  measure: Measure,
  { buffer }: SealedBuffer,
  objects: readonly DeliveredObject[],
  nowMs: number,
): void {
  const sum = (list: readonly DeliveredObject[], of: 'rows' | 'bytes') =>
    list.reduce((total, object) => total + object[of], 0);
  const rows = sum(
    objects.filter(({ kind }) => kind === 'data'),
    'rows',
  );
  measure('DeliveryToS3.Records', rows);
  measure('DeliveryToS3.Bytes', sum(objects, 'bytes'), 'Bytes');
  measure('DeliveryToS3.ObjectCount', objects.length);
  measure('DeliveryToS3.Success', 1);
  measure('DeliveryToS3.DataFreshness', (nowMs - buffer.oldestMs) / 1000, 'Seconds');
  measure('SucceedConversion.Records', rows);
  const [, unconverted] = buffer.errors.find(([type]) => type === 'format-conversion-failed') ?? [];
  measure('FailedConversion.Records', unconverted?.lines ?? 0);
}
