/**
 * Reads a whole stream: every shard in order, parents before their children, new shards as they appear. Used by the
 * event source mapping and by Firehose; each keeps its own checkpoints.
 */
import { type KinesisClient, ListShardsCommand, type Shard } from '@aws-sdk/client-kinesis';
import { type Backoff, backoffMs, sleep } from '../base/backoff.ts';
import type { Checkpoints } from './checkpoints.ts';
import { readShard, type StreamRecord } from './shard.ts';

export type { StreamRecord } from './shard.ts';

export interface StreamReaderOptions {
  client: KinesisClient;
  streamName: string;
  /** Where a consumer without checkpoints begins: with the oldest record, or with those from its first start on. */
  startingPosition: 'TRIM_HORIZON' | 'LATEST';
  /** Only read here. The consumer saves, when a record is truly dealt with. */
  checkpoints: Pick<Checkpoints, 'get' | 'startedAt'>;
  /** Time between two reads of a shard that has nothing more, in ms. */
  pollMs: number;
  /** The next records of that shard are read only when this resolves. If it rejects, the same ones come again. */
  onRecords(shardId: string, records: StreamRecord[]): Promise<void>;
  /** The shard has ended. Its children are read only when this resolves. */
  onShardEnd?(shardId: string): Promise<void>;
  /** A read failed and is going to be repeated; `failuresInARow` starts at 1. */
  onTrouble?(error: Error, failuresInARow: number): void;
}

export interface StreamReader {
  /** Resolves when everything that is in the stream now has been handed over and `onRecords` has resolved. */
  drain(): Promise<void>;
  /** Reads no more; resolves when the `onRecords` under way have. */
  stop(): Promise<void>;
}

/** AWS' own consumers look for new shards every few seconds to minutes. */
const LIST_INTERVAL_MS = 1_000;
const RETRY: Backoff = { baseMs: 100, maxMs: 5_000 };

interface ShardState {
  shard: Shard;
  running?: Promise<void>;
  ended: boolean;
  /** Highest mark of a read that found nothing more; see `marks`. */
  caughtUp: number;
  /** Mark from which on reads know that the shard takes no more records. */
  closedAt?: number;
}

export function readStream(options: StreamReaderOptions): StreamReader {
  const { client, streamName, checkpoints } = options;
  const sinceMs = options.startingPosition === 'LATEST' ? checkpoints.startedAt : Number.NEGATIVE_INFINITY;
  const stopped = new AbortController();
  const shards = new Map<string, ShardState>();
  const wakers = new Set<() => void>();
  const waiting = new Set<() => void>();
  /** Orders reads, drains and discoveries without a clock: what began later has a higher mark. */
  let marks = 0;

  function pause(ms: number): Promise<void> {
    if (ms <= 0 || stopped.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        wakers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      wakers.add(done);
    });
  }
  const wake = () => {
    for (const done of [...wakers]) done();
  };
  const progressed = () => {
    for (const check of [...waiting]) check();
  };

  async function listShards(): Promise<Shard[]> {
    const found: Shard[] = [];
    let token: string | undefined;
    do {
      const page = await client.send(
        new ListShardsCommand(token ? { NextToken: token } : { StreamName: streamName }),
        { abortSignal: stopped.signal },
      );
      found.push(...(page.Shards ?? []));
      token = page.NextToken;
    } while (token);
    return found;
  }

  /** Learns of new and of closed shards. Waits failures out; gives up only when stopped. */
  async function discover(): Promise<void> {
    for (let failures = 1; !stopped.signal.aborted; failures += 1) {
      try {
        const found = await listShards();
        marks += 1;
        for (const shard of found) {
          const id = shard.ShardId ?? '';
          const state = shards.get(id) ?? { shard, ended: checkpoints.get(id) === 'SHARD_END', caughtUp: -1 };
          if (shard.SequenceNumberRange?.EndingSequenceNumber) state.closedAt ??= marks;
          shards.set(id, state);
        }
        startReady();
        return;
      } catch (error) {
        if (stopped.signal.aborted) return;
        options.onTrouble?.(error as Error, failures);
        await sleep(backoffMs(failures, RETRY), stopped.signal);
      }
    }
  }

  /** A parent that the stream no longer lists is past its retention: there is nothing left of it to read. */
  const isDone = (shardId: string | undefined) =>
    shardId === undefined || shards.get(shardId)?.ended !== false;

  function startReady(): void {
    for (const [id, state] of shards) {
      if (state.running || state.ended || stopped.signal.aborted) continue;
      if (isDone(state.shard.ParentShardId) && isDone(state.shard.AdjacentParentShardId)) {
        state.running = runShard(id, state);
      }
    }
  }

  async function runShard(shardId: string, state: ShardState): Promise<void> {
    const checkpoint = checkpoints.get(shardId);
    const ended = await readShard({
      client,
      streamName,
      shardId,
      after: typeof checkpoint === 'object' ? checkpoint.sequenceNumber : undefined,
      sinceMs,
      pollMs: options.pollMs,
      signal: stopped.signal,
      onRecords: (records) => options.onRecords(shardId, records),
      onRead: () => ++marks,
      onCaughtUp(mark) {
        state.caughtUp = mark;
        progressed();
      },
      isClosed: (mark) => state.closedAt !== undefined && mark > state.closedAt,
      pause,
      onTrouble: (error, failures) => options.onTrouble?.(error, failures),
    });
    if (!ended) return;
    for (let failures = 1; !stopped.signal.aborted; failures += 1) {
      try {
        await options.onShardEnd?.(shardId);
        break;
      } catch (error) {
        options.onTrouble?.(error as Error, failures);
        await sleep(backoffMs(failures, RETRY), stopped.signal);
      }
    }
    if (stopped.signal.aborted) return;
    state.ended = true;
    // A shard ends because it was split or merged: its children are there already.
    await discover();
    progressed();
  }

  async function watch(): Promise<void> {
    while (!stopped.signal.aborted) {
      await discover();
      await sleep(LIST_INTERVAL_MS, stopped.signal);
    }
  }
  const watching = watch();

  return {
    async drain() {
      const mark = ++marks;
      await discover();
      wake();
      await new Promise<void>((resolve) => {
        const check = () => {
          const open = [...shards.values()].some((state) => !state.ended && state.caughtUp <= mark);
          if (open && !stopped.signal.aborted) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      });
    },
    async stop() {
      stopped.abort();
      wake();
      progressed();
      await watching;
      await Promise.all([...shards.values()].map((state) => state.running));
    },
  };
}
