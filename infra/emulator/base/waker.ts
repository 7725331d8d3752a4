import type { Clock } from './clock.ts';

/** Lets one loop wait for a time or for a call. A call that comes while it does not wait ends its next wait. */
export class Waker {
  readonly #clock: Clock;
  #call = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  wake(): void {
    this.#call.abort();
  }

  /** Waits to be woken, for `ms` at most. */
  async pause(ms = Number.POSITIVE_INFINITY): Promise<void> {
    const { signal } = this.#call;
    if (ms <= 0) return;
    if (ms < Number.POSITIVE_INFINITY) await this.#clock.sleep(ms, signal);
    else await aborted(signal);
    if (signal.aborted) this.#call = new AbortController();
  }
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
