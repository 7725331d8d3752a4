import type { Clock } from './clock.ts';

/** Lets one loop wait until a time has passed or `wake` is called. A call outside of a wait ends the next one. */
export class Waker {
  readonly #clock: Clock;
  #call = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  wake(): void {
    this.#call.abort();
  }

  /**
   * Waits for `wake`, for `ms` at most. @returns whether it was woken: what `elapsed` says cannot tell, because a timer of
   * Node.js may go off a moment early
   */
  async pause(ms = Number.POSITIVE_INFINITY): Promise<boolean> {
    const { signal } = this.#call;
    if (ms <= 0) return false;
    if (ms < Number.POSITIVE_INFINITY) await this.#clock.sleep(ms, signal);
    else await aborted(signal);
    if (signal.aborted) this.#call = new AbortController();
    return signal.aborted;
  }
}

export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** What becomes of the work; or a rejection as soon as the signal is aborted, for work that does not heed it. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
