/**
 * Reads a whole stream: every shard in order, parents before their children, new shards as they appear. The event
 * source mapping and Firehose use it, each with its own checkpoints.
 */
import { type KinesisClient, ListShardsCommand, type Shard } from '@aws-sdk/client-kinesis';
import { type Backoff, retry } from '../../base/backoff.ts';
import { type Clock, systemClock } from '../../base/clock.ts';
import { aborted } from '../../base/waker.ts';
import { NOTHING } from '../log/counts.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { Passed } from './passed.ts';
import { followShard } from './pushed-shard.ts';
import { readShard, type ShardSource, type StreamRecord } from './shard.ts';
import { ShardList, type ShardState } from './shard-list.ts';

export type { StreamRecord } from './shard.ts';

export interface StreamReaderOptions {
  client: KinesisClient;
  streamName: string;
  /** A registered consumer, to which records are pushed; without one, shards are polled. */
  consumerArn?: string;
  /** Where a consumer without checkpoints begins: with the oldest record, or with the first after its first start. */
  startingPosition: 'TRIM_HORIZON' | 'LATEST';
  /** Only read here: the consumer saves a checkpoint once a record is dealt with. */
  checkpoints: Pick<Checkpoints, 'get' | 'startedAt'>;
  /** Time between two reads at the end of a shard, in ms. */
  pollMs: number;
  clock?: Clock;
  /** Looks whether anything after this position is lost; returns how much of the shard is dealt with. */
  audit?(shardId: string, after: string | undefined, taken: Passed | undefined): Promise<Passed>;
  /** The shard's next records are read only when this resolves. If it rejects, the same records come again. */
  onRecords(shardId: string, records: StreamRecord[]): Promise<void>;
  /** The shard has ended. Its children are read only when this resolves. */
  onShardEnd?(shardId: string): Promise<void>;
  /** A read failed and will be repeated; `failuresInARow` starts at 1. */
  onFailure?(error: Error, failuresInARow: number): void;
}

/** AWS' own consumers look for new shards every few seconds or minutes. */
const LIST_INTERVAL_MS = 1_000;
const RETRY: Backoff = { baseMs: 100, maxMs: 5_000 };

export const startStreamReader = (options: StreamReaderOptions) => new StreamReader(options);

export class StreamReader {
  readonly #options: StreamReaderOptions;
  readonly #clock: Clock;
  readonly #shards: ShardList;
  readonly #stopped = new AbortController();
  /** Aborted when IAM denies a read: to wait for the records would be in vain. */
  readonly #refused = new AbortController();
  readonly #watching: Promise<void>;

  constructor(options: StreamReaderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#shards = new ShardList(this.#clock);
    this.#watching = this.#watch();
  }

  /** Resolves when `onRecords` has taken everything that is in the stream now, or when IAM denies the reading. */
  async drain(): Promise<void> {
    await Promise.race([this.#takeAll(), aborted(this.#refused.signal)]);
  }

  async #takeAll(): Promise<void> {
    const mark = this.#shards.nextMark();
    await this.#discover();
    this.#shards.wake();
    await this.#shards.caughtUp(mark, this.#stopped.signal);
  }

  /** Stops reading; resolves when the calls of `onRecords` under way have. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#shards.wake();
    this.#shards.progressed();
    await this.#watching;
    await Promise.all(this.#shards.all().map(({ running }) => running));
  }

  async #watch(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      await this.#discover();
      await this.#clock.sleep(LIST_INTERVAL_MS, this.#stopped.signal);
    }
  }

  /** Finds new and closed shards, and begins to read those that are ready. */
  async #discover(): Promise<void> {
    const { checkpoints } = this.#options;
    await this.#persevere(async () => {
      const found = await this.#listShards();
      this.#shards.learn(found, (id) => checkpoints.get(id) === 'SHARD_END');
    });
    for (const state of this.#shards.ready()) {
      if (!this.#stopped.signal.aborted) state.running = this.#run(state);
    }
  }

  async #listShards(): Promise<Shard[]> {
    const { client, streamName } = this.#options;
    const found: Shard[] = [];
    let token: string | undefined;
    do {
      const input = token ? { NextToken: token } : { StreamName: streamName };
      const page = await client.send(new ListShardsCommand(input), { abortSignal: this.#stopped.signal });
      found.push(...(page.Shards ?? []));
      token = page.NextToken;
    } while (token);
    return found;
  }

  /** Reads a shard to its end, or until the stop. */
  async #run(state: ShardState): Promise<void> {
    const { client, streamName, consumerArn, checkpoints, pollMs, onRecords, onShardEnd } = this.#options;
    const checkpoint = checkpoints.get(state.id);
    const source: ShardSource = {
      client,
      streamName,
      shardId: state.id,
      after: typeof checkpoint === 'object' ? checkpoint.sequenceNumber : undefined,
      sinceMs: this.#options.startingPosition === 'LATEST' ? checkpoints.startedAt : Number.NEGATIVE_INFINITY,
      pollMs,
      clock: this.#clock,
      signal: this.#stopped.signal,
      onPosition: async (after, taken) =>
        (await this.#options.audit?.(state.id, after, taken)) ?? taken ?? { shard: state.id, ...NOTHING },
      onRecords: (records) => onRecords(state.id, records),
      onRead: () => this.#shards.nextMark(),
      onCaughtUp: (mark) => {
        state.caughtUp = mark;
        this.#shards.progressed();
      },
      async pause(ms) {
        await state.waker.pause(ms);
      },
      onFailure: (error, failures) => this.#onFailure(error, failures),
    };
    const ended =
      consumerArn === undefined ? await readShard(source) : await followShard(source, consumerArn);
    if (!ended) return;
    await this.#persevere(async () => onShardEnd?.(state.id));
    if (this.#stopped.signal.aborted) return;
    state.ended = true;
    // A shard ends because it was split or merged, so its children exist already.
    await this.#discover();
    this.#shards.progressed();
  }

  async #persevere(attempt: () => Promise<void>): Promise<void> {
    const stopped = this.#stopped.signal;
    await retry(async () => stopped.aborted || attempt(), {
      clock: this.#clock,
      backoff: RETRY,
      stopped,
      onFailure: (error, failures) => stopped.aborted || this.#onFailure(error, failures),
    });
  }

  #onFailure(error: Error, failures: number): void {
    if (error.name === 'AccessDeniedException') this.#refused.abort();
    this.#options.onFailure?.(error, failures);
  }
}
