/** A stream: its shards, what is put into them, and how they are split and merged. */
import { Committer } from '../log/committer.ts';
import type { NewRecord } from '../log/frame.ts';
import { shardKey } from '../log/tally.ts';
import { hashKeyOf, includes } from './hash.ts';
import type { Rate } from './on-demand.ts';
import { type Step, stepsTo } from './reshard.ts';
import { type Batch, emptyBatch, Shard } from './shard.ts';
import type { ShardState, StreamState } from './state.ts';
import type { StreamsContext } from './streams-context.ts';

export interface Put extends NewRecord {
  hashKey?: bigint;
}

/** What became of a record. */
export type Placed =
  | { shard: Shard; sequenceNumber: string }
  | { shard: Shard; refused: 'throttled' }
  | { shard: Shard; refused: 'failed'; error: unknown };

export class Stream {
  readonly state: StreamState;
  readonly #context: StreamsContext;
  /** In the order of their numbers. */
  readonly #shards: Shard[];
  readonly #committer: Committer;
  readonly #written = { bytes: 0, records: 0, sinceMs: 0 };
  /** What the wall clock showed when the monotonic one began. */
  readonly #zeroMs: number;
  /** Resolves when it is on the disk which shards are open; undefined while that is so. */
  #resharding: Promise<void> | undefined;

  private constructor(state: StreamState, context: StreamsContext, shards: Shard[]) {
    this.state = state;
    this.#context = context;
    this.#shards = shards;
    this.#written.sinceMs = context.clock.elapsed();
    this.#zeroMs = context.clock.now() - context.clock.elapsed();
    this.#committer = new Committer((written) => {
      const additions = this.#shards.flatMap((shard) => {
        const counts = written.get(shard.log);
        return counts ? [{ shard: this.keyOf(shard), next: shard.log.next, ...counts }] : [];
      });
      context.tally.add(additions);
    });
  }

  static async open(state: StreamState, context: StreamsContext): Promise<Stream> {
    const shards: Shard[] = [];
    const stream = new Stream(state, context, shards);
    for (const shard of state.shards) shards.push(await stream.#openShard(shard));
    return stream;
  }

  get shards(): readonly Shard[] {
    return this.#shards;
  }

  get openShards(): Shard[] {
    return this.#shards.filter(({ isOpen }) => isOpen);
  }

  shard(ix: number): Shard | undefined {
    return this.#shards.find(({ state }) => state.ix === ix);
  }

  childrenOf(shard: Shard): Shard[] {
    return this.#shards.filter(({ state }) => state.parents.includes(shard.state.ix));
  }

  /**
   * Records that arrived before this are not read any more. A wall clock that is set forward lets no time pass: what waits
   * to be read stays.
   */
  oldestMs(): number {
    const { clock } = this.#context;
    const nowMs = Math.min(clock.now(), this.#zeroMs + clock.elapsed());
    return nowMs - this.state.retentionHours * 3_600_000;
  }

  keyOf({ id, state }: Shard): string {
    return shardKey(this.state.name, id, state.createdSecs * 1000);
  }

  /** Resolves when what was accepted is on the disk. In the order of the records. */
  async put(records: readonly Put[]): Promise<Placed[]> {
    while (this.#resharding) await this.#resharding;
    const { clock } = this.#context;
    const [arrivalMs, elapsedMs] = [clock.now(), clock.elapsed()];
    const batches = new Map<Shard, Batch>();
    const placed = records.map((record): Placed => {
      const shard = this.#shardFor(record);
      const bytes = record.data.length + Buffer.byteLength(record.partitionKey);
      if (shard.writes?.take(bytes, elapsedMs) === false) return { shard, refused: 'throttled' };
      this.#written.bytes += bytes;
      this.#written.records += 1;
      const batch = batches.get(shard) ?? emptyBatch();
      batches.set(shard, batch);
      return { shard, sequenceNumber: shard.add(batch, record, arrivalMs) };
    });
    const failed = new Map<Shard, unknown>();
    const commits = [...batches].map(([shard, batch]) =>
      shard
        .during(() => this.#committer.commit({ log: shard.log, ...batch }))
        .catch((error: unknown) => failed.set(shard, error)),
    );
    await Promise.all(commits);
    return placed.map((one) =>
      failed.has(one.shard) ? { shard: one.shard, refused: 'failed', error: failed.get(one.shard) } : one,
    );
  }

  /** The rate of what was put since the last call. */
  takeRate(): Rate {
    const nowMs = this.#context.clock.elapsed();
    const { bytes, records, sinceMs } = this.#written;
    Object.assign(this.#written, { bytes: 0, records: 0, sinceMs: nowMs });
    const seconds = Math.max(1, (nowMs - sinceMs) / 1000);
    return { bytesPerSecond: bytes / seconds, recordsPerSecond: records / seconds };
  }

  /** @param at hash key with which the right one of the children begins */
  async split(parent: Shard, at: bigint): Promise<void> {
    const { start, end } = parent.range;
    await this.#replace(
      [parent],
      [
        [start, at - 1n],
        [at, end],
      ],
    );
  }

  /** Of two neighbours, in either order. @param first the parent that is named first */
  async merge(first: Shard, second: Shard): Promise<void> {
    const [low, high] =
      first.range.start < second.range.start ? [first.range, second.range] : [second.range, first.range];
    await this.#replace([first, second], [[low.start, high.end]]);
  }

  async scaleTo(count: number): Promise<void> {
    const ranges = this.openShards.map(({ range }) => range).toSorted((a, b) => (a.start < b.start ? -1 : 1));
    for (const step of stepsTo(count, ranges)) await this.#take(step);
  }

  async #take(step: Step): Promise<void> {
    const at = (start: bigint) => {
      const found = this.openShards.find(({ range }) => range.start === start);
      if (!found) throw new Error(`${this.state.name} has no open shard that begins at ${start}`);
      return found;
    };
    if (step.kind === 'split') await this.split(at(step.range.start), step.at);
    else await this.merge(at(step.left.start), at(step.right.start));
  }

  /** Deletes records that are too old, and forgets closed shards all of whose records are. */
  async trim(): Promise<void> {
    const oldestMs = this.oldestMs();
    for (const shard of [...this.#shards]) {
      const { closedMs } = shard.state;
      if (closedMs !== undefined && closedMs < oldestMs) await this.#forget(shard);
      else await shard.log.trim(oldestMs);
    }
  }

  async close(): Promise<void> {
    await this.#committer.idle();
    for (const { log } of this.#shards) await log.close();
  }

  #shardFor({ partitionKey, hashKey = hashKeyOf(partitionKey) }: Put): Shard {
    const found = this.#shards.findLast((shard) => shard.isOpen && includes(shard.range, hashKey));
    if (!found) throw new Error(`No open shard of ${this.state.name} has the hash key ${hashKey}`);
    return found;
  }

  async #replace(parents: readonly Shard[], ranges: readonly (readonly [bigint, bigint])[]): Promise<void> {
    const createdSecs = this.#context.nextSecs(Math.max(...parents.map(({ state }) => state.createdSecs)));
    const ix = Math.max(...this.#shards.map(({ state }) => state.ix)) + 1;
    const children: Shard[] = [];
    for (const [i, [start, end]] of ranges.entries()) {
      const startedMs = this.#context.clock.now();
      const state: ShardState = {
        ...{ ix: ix + i, createdSecs, startedMs, start: String(start), end: String(end) },
        parents: parents.map((parent) => parent.state.ix),
      };
      children.push(await this.#openShard(state));
    }
    const replacing = this.#saveAndReplace(parents, children);
    this.#resharding = replacing.then(
      () => undefined,
      () => undefined,
    );
    try {
      await replacing;
    } finally {
      this.#resharding = undefined;
    }
  }

  /** Until it is on the disk nothing is put: a record in a child that nobody lists would be lost with the process. */
  async #saveAndReplace(parents: readonly Shard[], children: readonly Shard[]): Promise<void> {
    const before = this.state.shards;
    const closedMs = this.#context.clock.now();
    const after = this.#shards.map((shard) =>
      parents.includes(shard) ? { ...shard.state, closedMs } : shard.state,
    );
    this.state.shards = [...after, ...children.map(({ state }) => state)];
    try {
      await this.#context.save();
    } catch (error) {
      this.state.shards = before;
      for (const child of children) {
        await child.log.close();
        await this.#context.removeShard(this.state, child.state);
      }
      throw error;
    }
    // From here to the last line nothing waits: nobody finds both parent and child, or neither.
    for (const parent of parents) parent.close(closedMs);
    this.#shards.push(...children);
    this.state.shards = this.#shards.map(({ state }) => state);
    for (const parent of parents) parent.changed();
  }

  async #forget(shard: Shard): Promise<void> {
    this.#shards.splice(this.#shards.indexOf(shard), 1);
    this.state.shards = this.#shards.map(({ state }) => state);
    await this.#context.save();
    await shard.log.close();
    await this.#context.removeShard(this.state, shard.state);
  }

  async #openShard(state: ShardState): Promise<Shard> {
    const { clock, isLimited } = this.#context;
    const log = await this.#context.openLog(this.state, state);
    return new Shard(state, log, isLimited ? clock.elapsed() : undefined);
  }
}
