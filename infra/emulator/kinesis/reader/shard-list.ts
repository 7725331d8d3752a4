/** The shards of a stream as a reader knows them: which ones are being read, and how far. */
import type { Shard } from '@aws-sdk/client-kinesis';
import type { Clock } from '../../base/clock.ts';
import { Waker } from '../../base/waker.ts';

export interface ShardState {
  readonly id: string;
  readonly waker: Waker;
  readonly parents: readonly (string | undefined)[];
  /** The loop that reads it. */
  running?: Promise<void>;
  ended: boolean;
  /** Highest mark of a read that reached the end of the shard as it was then. */
  caughtUp: number;
}

export class ShardList {
  readonly #clock: Clock;
  readonly #shards = new Map<string, ShardState>();
  readonly #waiting = new Set<() => void>();
  /** Marks order reads, drains and discoveries without a clock: a later one has a higher mark. */
  #marks = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  all(): ShardState[] {
    return [...this.#shards.values()];
  }

  nextMark(): number {
    this.#marks += 1;
    return this.#marks;
  }

  /** @param isEnded whether an earlier process read a shard to its end */
  learn(found: readonly Shard[], isEnded: (shardId: string) => boolean): void {
    for (const { ShardId: id = '', ParentShardId, AdjacentParentShardId } of found) {
      const state = this.#shards.get(id) ?? {
        id,
        waker: new Waker(this.#clock),
        parents: [ParentShardId, AdjacentParentShardId],
        ended: isEnded(id),
        caughtUp: -1,
      };
      this.#shards.set(id, state);
    }
  }

  /** Shards whose parents have been read to the end, and which are not being read yet. */
  ready(): ShardState[] {
    return this.all().filter(
      ({ running, ended, parents }) => !running && !ended && parents.every((id) => this.#isDone(id)),
    );
  }

  /** A parent that the stream no longer lists is past its retention: nothing of it is left to read. */
  #isDone(shardId: string | undefined): boolean {
    return shardId === undefined || this.#shards.get(shardId)?.ended !== false;
  }

  wake(): void {
    for (const { waker } of this.all()) waker.wake();
  }

  /** Must be called when a shard has caught up or ended, and after a stop. */
  progressed(): void {
    for (const check of [...this.#waiting]) check();
  }

  /** Resolves when, for each shard, a read that began after this mark has reached the end; or after the stop. */
  caughtUp(mark: number, stopped: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        const open = this.all().some((state) => !state.ended && state.caughtUp <= mark);
        if (open && !stopped.aborted) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }
}
