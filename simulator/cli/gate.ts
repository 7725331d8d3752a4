/** Pauses a run as if the time of the pause did not exist: its readings are neither made nor made up for. */
import type { Clock } from '../clock.ts';

export class Gate {
  private open: (() => void) | undefined;
  private opened: Promise<void> = Promise.resolve();

  get closed(): boolean {
    return this.open !== undefined;
  }

  pause(): void {
    if (this.open) return;
    this.opened = new Promise((resolve) => {
      this.open = resolve;
    });
  }

  resume(): void {
    this.open?.();
    this.open = undefined;
  }

  /** Waits until it is open, or `stop` aborts. Resolves with the time spent waiting, in ms. */
  async pass(clock: Clock, stop: AbortSignal): Promise<number> {
    const sinceMs = clock.elapsed();
    if (!stop.aborted) {
      const stopped = new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }));
      await Promise.race([this.opened, stopped]);
    }
    return clock.elapsed() - sinceMs;
  }
}
