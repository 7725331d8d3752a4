import type { Clock } from '../../../simulator/clock.ts';

/** Time that passes only by sleeping: a minute's run takes milliseconds. */
export class FakeClock implements Clock {
  private nowMs: number;
  private steppedMs = 0;
  private sleepers: { wakeMs: number; wake: () => void }[] = [];
  private running = false;

  constructor(startMs = Date.UTC(2026, 0, 5, 8)) {
    this.nowMs = startMs;
  }

  now(): number {
    return this.nowMs + this.steppedMs;
  }

  elapsed(): number {
    return this.nowMs;
  }

  /** Sets the wall clock forward or back. */
  step(byMs: number): void {
    this.steppedMs += byMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      this.sleepers.push({ wakeMs: this.nowMs + ms, wake });
      signal?.addEventListener('abort', wake, { once: true });
      this.advance();
    });
  }

  /** Moves on to the next sleeper that wakes, once everything that can happen before it has happened. */
  private advance(): void {
    if (this.running) return;
    this.running = true;
    setImmediate(() => {
      this.running = false;
      this.sleepers.sort((a, b) => a.wakeMs - b.wakeMs);
      const next = this.sleepers.shift();
      if (next === undefined) return;
      this.nowMs = Math.max(this.nowMs, next.wakeMs);
      next.wake();
      if (this.sleepers.length > 0) this.advance();
    });
  }
}
