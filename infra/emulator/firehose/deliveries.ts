/** Batches on their way into the bucket, one after the other; a disk that refuses them is tried again. */
import { join } from 'node:path';
import { retry } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { EventBus } from '../events.ts';
import type { CatalogTable } from '../glue/catalog.ts';
import type { Journal } from './journal.ts';
import { type DeliveredObject, publishBatch, type SealedBatch, stageBatch } from './objects.ts';
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
  /** Called before each write; what it throws is a failure of that write. */
  beforeWrite?(): void;
}

/** Sealed batches that are not delivered yet: two that are being written as Parquet, and the next. */
const MAX_ON_THEIR_WAY = 3;
const RETRY = { baseMs: 200, maxMs: 10_000 };

export class Deliveries {
  readonly #options: DeliveriesOptions;
  /** Each resolves after the one before. */
  readonly #onTheirWay: Promise<void>[] = [];
  readonly #stopped = new AbortController();
  readonly #counts: DeliveryCounts = {
    records: 0,
    rows: 0,
    errorLines: 0,
    errorEntries: 0,
    objects: 0,
    bytes: 0,
  };

  constructor(options: DeliveriesOptions) {
    this.#options = options;
  }

  get isStopped(): boolean {
    return this.#stopped.signal.aborted;
  }

  /** From now on a write that fails is tried once more, without waiting. */
  stopRetrying(): void {
    this.#stopped.abort();
  }

  /** Delivered since the start of the process. */
  counts(): DeliveryCounts {
    return { ...this.#counts };
  }

  /** Resolves when one more may be added. Rejects when the oldest has failed: it stays, and so does the failure. */
  async roomForOne(): Promise<void> {
    if (this.#onTheirWay.length < MAX_ON_THEIR_WAY) return;
    await this.#onTheirWay[0];
    this.#onTheirWay.shift();
  }

  add(sealed: SealedBatch): void {
    const delivering = this.#deliver(sealed, this.#onTheirWay.at(-1));
    // Those who wait for it learn of the failure, but perhaps nobody does.
    delivering.catch(() => undefined);
    this.#onTheirWay.push(delivering);
  }

  /** Resolves when all that was added is in objects. */
  async delivered(): Promise<void> {
    await this.#onTheirWay.at(-1);
  }

  /** Resolves when nothing is being written any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#onTheirWay);
  }

  /** A full disk must not lose what was taken: as on AWS, it is tried again, and nothing more is taken meanwhile. */
  persist<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    const guarded = async () => {
      this.#options.beforeWrite?.();
      return attempt();
    };
    return retry(guarded, {
      clock: this.#options.clock,
      backoff: RETRY,
      stopped: this.#stopped.signal,
      onFailure: (error, failures) => this.complain(`${what} failed (attempt ${failures})`, error),
    });
  }

  complain(what: string, error: Error): void {
    const { name, bus } = this.#options;
    const reason = error.message.split('\n')[0];
    bus.publish({ type: 'notice', level: 'error', text: `${name}: ${what}: ${reason}` });
  }

  /** @param previous resolves when the batch before is delivered: checkpoints only go forward */
  async #deliver(sealed: SealedBatch, previous: Promise<void> | undefined): Promise<void> {
    const { name, destination, table, s3Root, journal, spool, bus } = this.#options;
    const objects = await this.persist('Writing objects', () => stageBatch(sealed, destination, table));
    await previous;
    const bucketFolder = join(s3Root, destination.bucket);
    await this.persist('Delivery', () => publishBatch(sealed, bucketFolder, journal));
    this.#count(sealed, objects);
    // What is left is forgotten with the next, or at the next start.
    await spool
      .release(sealed.spoolSegment)
      .catch((error) => this.complain('Deleting delivered records failed', error));
    bus.publish({ type: 'delivery', deliveryStream: name, objects });
  }

  #count({ batch }: SealedBatch, objects: readonly DeliveredObject[]): void {
    const counts = this.#counts;
    counts.records += batch.records;
    counts.errorLines += batch.errorLines;
    counts.objects += objects.length;
    for (const { kind, rows, bytes } of objects) {
      counts.bytes += bytes;
      if (kind === 'data') counts.rows += rows;
      else counts.errorEntries += rows;
    }
  }
}
