/** What AWS lets a shard, a stream and an account do, as data, and the meters that hold a shard to it. */

import type { Clock } from '../../base/clock.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Of a shard, in a second. */
export const PER_SECOND = {
  bytesIn: MIB,
  recordsIn: 1_000,
  bytesOut: 2 * MIB,
  readsOut: 5,
} as const;

export const LIMITS = {
  /** Bytes of data in an answer of GetRecords. */
  pageBytes: 10 * MIB,
  pageRecords: 10_000,
  /** Bytes of data and partition keys in a PutRecords. */
  requestBytes: 10 * MIB,
  recordKiB: { least: 1 * KIB, most: 10 * KIB },
  iteratorMs: 300_000,
  tokenMs: 300_000,
  retentionHours: { least: 24, most: 8_760 },
  tags: 50,
  consumers: 20,
  /** Calls of UpdateShardCount for a stream in 24 hours. */
  scalings: 10,
  /** Changes of a stream's mode in 24 hours. */
  modeChanges: 2,
  /** Open shards of all streams. AWS' default in its largest regions is 20,000. */
  shards: 1_000,
  onDemandStreams: 50,
  onDemandShards: { first: 4, most: 200 },
  subscriptionMs: 300_000,
  /** A second subscription to a shard within this time is refused; a later one replaces the first. */
  resubscribeMs: 5_000,
} as const;

/** Fills up at a steady rate, to one second's worth. */
class Bucket {
  readonly #perSecond: number;
  #level: number;
  #atMs: number;

  constructor(perSecond: number, nowMs: number) {
    this.#perSecond = perSecond;
    this.#level = perSecond;
    this.#atMs = nowMs;
  }

  level(nowMs: number): number {
    const filled = ((nowMs - this.#atMs) / 1000) * this.#perSecond;
    this.#level = Math.min(this.#perSecond, this.#level + filled);
    this.#atMs = nowMs;
    return this.#level;
  }

  /** Whether so much is there. What is larger than a second's worth may have all of that, and is owed for the rest. */
  has(amount: number, nowMs: number): boolean {
    return this.level(nowMs) >= Math.min(amount, this.#perSecond);
  }

  /** More than a second's worth is owed whole: a call that read 10 MB stops the shard for five seconds, as on AWS. */
  take(amount: number): void {
    this.#level = (amount > this.#perSecond ? Math.min(0, this.#level) : this.#level) - amount;
  }
}

/** Times are those of a monotonic clock, in ms. */
export class WriteMeter {
  readonly #bytes: Bucket;
  readonly #records: Bucket;

  constructor(nowMs: number) {
    this.#bytes = new Bucket(PER_SECOND.bytesIn, nowMs);
    this.#records = new Bucket(PER_SECOND.recordsIn, nowMs);
  }

  /** @returns false for a record that is too much now */
  take(bytes: number, nowMs: number): boolean {
    if (!this.#bytes.has(bytes, nowMs) || !this.#records.has(1, nowMs)) return false;
    this.#bytes.take(bytes);
    this.#records.take(1);
    return true;
  }
}

export class ReadMeter {
  readonly #bytes: Bucket;
  readonly #calls: Bucket;

  constructor(nowMs: number) {
    this.#bytes = new Bucket(PER_SECOND.bytesOut, nowMs);
    this.#calls = new Bucket(PER_SECOND.readsOut, nowMs);
  }

  /** @returns false for a call that is too much now */
  takeCall(nowMs: number): boolean {
    if (this.#bytes.level(nowMs) <= 0 || !this.#calls.has(1, nowMs)) return false;
    this.#calls.take(1);
    return true;
  }

  took(bytes: number): void {
    this.#bytes.take(bytes);
  }

  /** Waits until bytes may be read again. */
  async whenReady(clock: Clock, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const owed = -this.#bytes.level(clock.elapsed());
      if (owed < 0) return;
      await clock.sleep(Math.ceil((owed / PER_SECOND.bytesOut) * 1000) + 1, signal);
    }
  }
}
