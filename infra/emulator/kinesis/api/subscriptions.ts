/** Which consumer is subscribed to which shard: one subscription each, the last one wins. */
import { LIMITS } from '../stream/limits.ts';

interface Held {
  sinceMs: number;
  ended: AbortController;
}

export class Subscriptions {
  readonly #held = new Map<string, Held>();

  /**
   * @param nowMs of a monotonic clock
   * @returns undefined while another subscription is too young to be replaced; else what says that this one has ended
   */
  begin(consumerArn: string, shardId: string, nowMs: number): AbortController | undefined {
    const key = `${consumerArn} ${shardId}`;
    const before = this.#held.get(key);
    if (before && nowMs - before.sinceMs < LIMITS.resubscribeMs) return undefined;
    before?.ended.abort();
    const ended = new AbortController();
    this.#held.set(key, { sinceMs: nowMs, ended });
    return ended;
  }

  endAll(): void {
    for (const { ended } of this.#held.values()) ended.abort();
    this.#held.clear();
  }
}
