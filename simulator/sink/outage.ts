/** Outages of the endpoint: when to try again, for how long, and when to report them. */
import { backoffMs } from './backoff.ts';

/** Shorter outages are not reported. */
const TOLD_AFTER_MS = 1000;

export interface OutageListener {
  /** Called once for every longer outage, with the reason why calls fail. */
  onAway?(reason: string): void;
  /** Called when such an outage is over, with its length. */
  onBack?(afterMs: number): void;
}

export class Outage {
  readonly #elapsed: () => number;
  readonly #random: () => number;
  readonly #listener: OutageListener;
  #sinceMs: number | undefined;
  #failures = 0;
  #told = false;

  /** @param elapsed time in ms on a monotonic clock */
  constructor(elapsed: () => number, random: () => number, listener: OutageListener) {
    this.#elapsed = elapsed;
    this.#random = random;
    this.#listener = listener;
  }

  /** Whether there is an outage. */
  get on(): boolean {
    return this.#sinceMs !== undefined;
  }

  /**
   * Must be called for a call without an answer.
   * @param limitMs how long an outage may last
   * @returns ms to wait before the next call; undefined when the outage has lasted too long
   */
  unanswered(reason: string, limitMs: number): number | undefined {
    const nowMs = this.#elapsed();
    this.#sinceMs ??= nowMs;
    this.#failures++;
    if (!this.#told && nowMs - this.#sinceMs >= TOLD_AFTER_MS) {
      this.#told = true;
      this.#listener.onAway?.(reason);
    }
    const leftMs = this.#sinceMs + limitMs - nowMs;
    return leftMs > 0 ? Math.min(leftMs, backoffMs(this.#failures, this.#random)) : undefined;
  }

  /** Must be called when a call made during the outage gets any answer. */
  answered(): void {
    if (this.#sinceMs === undefined) return;
    if (this.#told) this.#listener.onBack?.(this.#elapsed() - this.#sinceMs);
    this.#sinceMs = undefined;
    this.#failures = 0;
    this.#told = false;
  }
}
