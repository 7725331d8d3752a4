/** A shard: where its records are, what it may take and give, and what its numbers mean. */
import { type Counts, NOTHING, plus } from '../log/counts.ts';
import { encodeFrame, type LogRecord, type NewRecord } from '../log/frame.ts';
import type { NewFrame, ShardLog } from '../log/shard-log.ts';
import type { HashRange } from './hash.ts';
import { ReadMeter, WriteMeter } from './limits.ts';
import { endOf, FIRST_INDEX, parseSequence, sequenceNumber, startOf } from './sequence.ts';
import type { ShardState } from './state.ts';

export interface Batch {
  frames: NewFrame[];
  counts: Counts;
}

export interface ReadOptions {
  index: number;
  /** Records at most. */
  limit: number;
  /** Bytes of data at most, beyond the first record. */
  pageBytes: number;
  /** Records that arrived before are left out. */
  oldestMs: number;
  nowMs: number;
}

export interface Page {
  records: LogRecord[];
  /** Where the next page begins. */
  next: number;
  /** Time between the last record and now, in ms: at least 1 where more follows, and 0 at the end. */
  behindMs: number;
  /** The shard is closed, and nothing of it follows. */
  isEnd: boolean;
}

export const shardIdOf = (ix: number): string => `shardId-${String(ix).padStart(12, '0')}`;

export class Shard {
  readonly state: ShardState;
  readonly log: ShardLog;
  readonly range: HashRange;
  /** Undefined where limits are lifted. */
  readonly writes: WriteMeter | undefined;
  readonly reads: ReadMeter | undefined;
  /** Of the next record that is accepted. */
  #index: number;
  /** Batches that are not on the disk yet. */
  #pending = 0;
  readonly #listeners = new Set<() => void>();

  /** @param nowMs of a monotonic clock, where limits are kept */
  constructor(state: ShardState, log: ShardLog, nowMs: number | undefined) {
    this.state = state;
    this.log = log;
    this.range = { start: BigInt(state.start), end: BigInt(state.end) };
    log.skipTo(FIRST_INDEX);
    this.#index = log.next;
    this.writes = nowMs === undefined ? undefined : new WriteMeter(nowMs);
    this.reads = nowMs === undefined ? undefined : new ReadMeter(nowMs);
  }

  get id(): string {
    return shardIdOf(this.state.ix);
  }

  get isOpen(): boolean {
    return this.state.closedMs === undefined;
  }

  get firstNumber(): string {
    return startOf(this.state.createdSecs, this.state.ix);
  }

  /** Undefined while it is open. */
  get lastNumber(): string | undefined {
    const { closedMs, createdSecs, ix } = this.state;
    return closedMs === undefined ? undefined : endOf(createdSecs, ix, Math.floor(closedMs / 1000));
  }

  numberOf({ index, arrivalMs }: Pick<LogRecord, 'index' | 'arrivalMs'>): string {
    const { createdSecs, ix } = this.state;
    return sequenceNumber({ createdSecs, shardIx: ix, index, arrivalSecs: Math.floor(arrivalMs / 1000) });
  }

  /** Index in this shard; undefined for the number of another one. */
  indexOf(number: string): number | undefined {
    const parsed = parseSequence(number);
    const { createdSecs, ix } = this.state;
    return parsed?.shardIx === ix && parsed.createdSecs === createdSecs ? parsed.index : undefined;
  }

  /** Numbers a record for a batch. @returns its sequence number */
  add(batch: Batch, record: NewRecord, arrivalMs: number): string {
    const index = this.#index;
    this.#index += 1;
    const { pieces, counts } = encodeFrame({ ...record, index, arrivalMs });
    batch.frames.push({ pieces, index, arrivalMs });
    batch.counts = plus(batch.counts, counts);
    return this.numberOf({ index, arrivalMs });
  }

  /** While `write` runs, more is on its way to this shard. */
  async during(write: () => Promise<void>): Promise<void> {
    this.#pending += 1;
    try {
      await write();
    } finally {
      this.#pending -= 1;
      this.changed();
    }
  }

  /** Takes no more records. */
  close(ms: number): void {
    this.state.closedMs = ms;
    this.changed();
  }

  async read({ index, limit, pageBytes, oldestMs, nowMs }: ReadOptions): Promise<Page> {
    const end = this.log.next;
    const takesNoMore = !this.isOpen && this.#pending === 0;
    const records: LogRecord[] = [];
    let bytes = 0;
    let isFull = false;
    if (index < end) {
      for await (const { record } of this.log.records({ index, sinceMs: oldestMs })) {
        bytes += record.data.length;
        isFull = records.length >= limit || (records.length > 0 && bytes > pageBytes);
        if (isFull) break;
        records.push(record);
      }
    }
    const last = records.at(-1);
    const next = isFull && last ? last.index + 1 : Math.max(index, end);
    return {
      ...{ records, next, isEnd: next >= end && takesNoMore },
      behindMs: isFull && last ? Math.max(1, nowMs - last.arrivalMs) : 0,
    };
  }

  /** Index of the first record that arrived then or later; that of the next one where none did. */
  async indexAt(ms: number): Promise<number> {
    const { next } = this.log;
    for await (const { record } of this.log.records({ index: 0, sinceMs: ms })) return record.index;
    return next;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

export const emptyBatch = (): Batch => ({ frames: [], counts: NOTHING });
