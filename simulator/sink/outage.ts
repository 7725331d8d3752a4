/** An endpoint that takes nothing for a while: when to try again, for how long, and who is told. */
import { backoffMs } from './backoff.ts';

export interface OutageListener {
  /** The first call of an outage has failed, for this reason. */
  onAway?(reason: string): void;
  /** A call was answered again, so long after that. */
  onBack?(afterMs: number): void;
}

export class Outage {
  readonly #elapsed: () => number;
  readonly #random: () => number;
  readonly #listener: OutageListener;
  #sinceMs: number | undefined;
  #failures = 0;

  /** @param elapsed ms that have passed, by a clock that never goes back */
  constructor(elapsed: () => number, random: () => number, listener: OutageListener) {
    this.#elapsed = elapsed;
    this.#random = random;
    this.#listener = listener;
  }

  /** Is the endpoint away? */
  get on(): boolean {
    return this.#sinceMs !== undefined;
  }

  /**
   * A call got no answer.
   * @param limitMs how long an outage may last
   * @returns ms to wait before the next call; undefined when it has lasted for too long
   */
  unanswered(reason: string, limitMs: number): number | undefined {
    const nowMs = this.#elapsed();
    if (this.#sinceMs === undefined) this.#listener.onAway?.(reason);
    this.#sinceMs ??= nowMs;
    this.#failures++;
    const leftMs = this.#sinceMs + limitMs - nowMs;
    return leftMs > 0 ? Math.min(leftMs, backoffMs(this.#failures, this.#random)) : undefined;
  }

  /** A call got an answer, whatever it says. */
  answered(): void {
    if (this.#sinceMs === undefined) return;
    const afterMs = this.#elapsed() - this.#sinceMs;
    this.#sinceMs = undefined;
    this.#failures = 0;
    this.#listener.onBack?.(afterMs);
  }
}
