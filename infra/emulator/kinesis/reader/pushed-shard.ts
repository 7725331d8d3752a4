/** One shard, pushed to a registered consumer: subscriptions one after the other, each from where the last one ended. */
import { type StartingPosition, SubscribeToShardCommand } from '@aws-sdk/client-kinesis';
import { type Backoff, backoffMs } from '../../base/backoff.ts';
import type { Passed } from './passed.ts';
import { from, readShard, type ShardSource, toStreamRecords } from './shard.ts';

const RETRY: Backoff = { baseMs: 100, maxMs: 5_000 };
/** Until somebody wakes it. The longest that a timer takes. */
const UNTIL_WOKEN_MS = 2 ** 31 - 1;

/**
 * Resolves at the shard's end (true) or after a stop (false). When somebody wakes it, because everything that is there is
 * wanted at once, the rest is polled: only a read that begins after that can say that nothing is left.
 */
export async function followShard(source: ShardSource, consumerArn: string): Promise<boolean> {
  const woken = new AbortController();
  // Nobody else waits for this shard while it is pushed.
  void source.pause(UNTIL_WOKEN_MS).then(() => woken.abort());
  const signal = AbortSignal.any([source.signal, woken.signal]);
  const follower = new Follower(source, consumerArn);
  for (let failures = 0; !signal.aborted; ) {
    try {
      if (await follower.subscribe(signal)) return true;
      failures = 0;
    } catch (error) {
      if (signal.aborted) break;
      failures += 1;
      source.onFailure(error as Error, failures);
      await source.clock.sleep(backoffMs(failures, RETRY), signal);
    }
  }
  return source.signal.aborted ? false : readShard({ ...source, ...follower.position });
}

class Follower {
  readonly #source: ShardSource;
  readonly #consumerArn: string;
  #after: string | undefined;
  #sinceMs: number;
  #passed: Passed | undefined;

  constructor(source: ShardSource, consumerArn: string) {
    this.#source = source;
    this.#consumerArn = consumerArn;
    this.#after = source.after;
    this.#sinceMs = source.after === undefined ? source.sinceMs : Number.NEGATIVE_INFINITY;
  }

  /** Where reading goes on. */
  get position(): Pick<ShardSource, 'after' | 'sinceMs' | 'taken'> {
    return { after: this.#after, sinceMs: this.#sinceMs, taken: this.#passed };
  }

  /** Resolves when the subscription has ended: to true at the end of the shard. */
  async subscribe(signal: AbortSignal): Promise<boolean> {
    const { client, shardId } = this.#source;
    this.#passed ??= await this.#source.onPosition(this.#after, undefined);
    const input = { ConsumerARN: this.#consumerArn, ShardId: shardId, StartingPosition: this.#start() };
    const { EventStream } = await client.send(new SubscribeToShardCommand(input), {
      abortSignal: signal,
    });
    if (!EventStream) throw new Error(`The subscription to ${shardId} has no events`);
    for await (const { SubscribeToShardEvent: event } of until(signal, EventStream)) {
      const records = toStreamRecords(event?.Records ?? [], this.#passed);
      const last = records.at(-1);
      const wanted = from(this.#sinceMs, records);
      if (wanted.length > 0) {
        await this.#source.onRecords(wanted);
        this.#sinceMs = Number.NEGATIVE_INFINITY;
      }
      if (last) {
        this.#after = last.sequenceNumber;
        this.#passed = last.passed;
      }
      if (event?.ChildShards?.length) return true;
    }
    return false;
  }

  #start(): StartingPosition {
    return this.#after === undefined
      ? { Type: 'TRIM_HORIZON' }
      : { Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: this.#after };
  }
}

/** Ends with the signal, also while nothing comes. */
async function* until<T>(signal: AbortSignal, events: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = events[Symbol.asyncIterator]();
  const aborted = new Promise<IteratorResult<T>>((resolve) => {
    const end = () => resolve({ done: true, value: undefined });
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted]);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    void iterator.return?.();
  }
}
