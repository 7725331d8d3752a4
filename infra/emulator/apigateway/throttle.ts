/** A token bucket, as API Gateway counts requests: so many a second, and so many at once. */
import type { Clock } from '../base/clock.ts';

export interface Rate {
  perSecond?: number | undefined;
  burst?: number | undefined;
}

export class Throttle {
  readonly #rate: Rate;
  readonly #clock: Pick<Clock, 'elapsed'>;
  /** By who is counted. */
  readonly #buckets = new Map<string, { left: number; atMs: number }>();

  constructor(rate: Rate, clock: Pick<Clock, 'elapsed'>) {
    this.#rate = rate;
    this.#clock = clock;
  }

  /** Whether there is room for one more request of theirs, which is then counted. */
  take(who: string): boolean {
    const { perSecond, burst = perSecond } = this.#rate;
    if (perSecond === undefined || burst === undefined) return true;
    const nowMs = this.#clock.elapsed();
    const { left, atMs } = this.#buckets.get(who) ?? { left: burst, atMs: nowMs };
    const now = Math.min(burst, left + ((nowMs - atMs) / 1000) * perSecond);
    this.#buckets.set(who, { left: now >= 1 ? now - 1 : now, atMs: nowMs });
    return now >= 1;
  }
}
