/** An endpoint that takes nothing for a while: when to try again, for how long, and who is told. */
import { backoffMs } from './backoff.ts';

/** What is over sooner is not worth a word. */
const TOLD_AFTER_MS = 1000;

export interface OutageListener {
  /** Told once for every outage that lasts, with the reason why calls fail. */
  onAway?(reason: string): void;
  /** Told when such an outage is over, with its length. */
  onBack?(afterMs: number): void;
}

export class Outage {
  readonly #elapsed: () => number;
  readonly #random: () => number;
  readonly #listener: OutageListener;
  #sinceMs: number | undefined;
  #failures = 0;
  #told = false;

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
    this.#sinceMs ??= nowMs;
    this.#failures++;
    if (!this.#told && nowMs - this.#sinceMs >= TOLD_AFTER_MS) {
      this.#told = true;
      this.#listener.onAway?.(reason);
    }
    const leftMs = this.#sinceMs + limitMs - nowMs;
    return leftMs > 0 ? Math.min(leftMs, backoffMs(this.#failures, this.#random)) : undefined;
  }

  /** A call that was made during the outage got an answer, whatever it says. */
  answered(): void {
    if (this.#sinceMs === undefined) return;
    if (this.#told) this.#listener.onBack?.(this.#elapsed() - this.#sinceMs);
    this.#sinceMs = undefined;
    this.#failures = 0;
    this.#told = false;
  }
}
