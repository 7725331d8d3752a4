/** Clocks for tests: time that passes only when a test says so, and real time without long waits. */
import { type Clock, systemClock, type Timer } from '../../infra/emulator/base/clock.ts';

/** Turns of the event loop in which nothing more has happened by itself. */
const QUIET_TURNS = 5;
/** Files being read or written: what they lead to belongs to the moment in which they were asked for. */
const FILE_REQUEST = /^(?:FSReq|CloseReq)/;

interface Due {
  atMs: number;
  callback(): void;
}

export class VirtualClock implements Clock {
  #elapsedMs = 0;
  /** What the wall clock shows when `elapsed` is 0. */
  #wallAtZeroMs: number;
  readonly #timers = new Set<Due>();

  constructor(wallMs = Date.UTC(2026, 0, 31, 9, 30)) {
    this.#wallAtZeroMs = wallMs;
  }

  now(): number {
    return this.#wallAtZeroMs + this.#elapsedMs;
  }

  elapsed(): number {
    return this.#elapsedMs;
  }

  after(ms: number, callback: () => void): Timer {
    const due = { atMs: this.#elapsedMs + Math.max(0, ms), callback };
    this.#timers.add(due);
    return { cancel: () => void this.#timers.delete(due), unref() {} };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const onAbort = () => {
        timer.cancel();
        resolve();
      };
      const timer = this.after(ms, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Sets the wall clock; no time passes. */
  setWall(ms: number): void {
    this.#wallAtZeroMs = ms - this.#elapsedMs;
  }

  /** Sets the wall clock forward, or back by a negative number; no time passes. */
  stepWall(byMs: number): void {
    this.#wallAtZeroMs += byMs;
  }

  /** How long until the next timer, in ms; undefined while none is set. */
  get nextMs(): number | undefined {
    const next = this.#next();
    return next && next.atMs - this.#elapsedMs;
  }

  /** Is a timer due after exactly so many ms? */
  isDueIn(ms: number): boolean {
    return [...this.#timers].some(({ atMs }) => atMs - this.#elapsedMs === ms);
  }

  /**
   * Lets time pass: whatever falls due goes off in its order and at its moment, and has done all that it can do
   * without more time (files included; not the work of sockets and of other threads) before the next one.
   */
  async advance(ms: number): Promise<void> {
    const endMs = this.#elapsedMs + ms;
    await settle();
    for (let due = this.#next(); due && due.atMs <= endMs; due = this.#next()) {
      this.#timers.delete(due);
      this.#elapsedMs = due.atMs;
      due.callback();
      await settle();
    }
    this.#elapsedMs = endMs;
  }

  /** The earliest; of several at the same moment the one that was set first. */
  #next(): Due | undefined {
    let next: Due | undefined;
    for (const due of this.#timers) if (!next || due.atMs < next.atMs) next = due;
    return next;
  }
}

/** For parts that talk to a real service: the system's clock, on which nobody sleeps longer than a moment. */
export const hurriedClock: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 10), signal),
};

async function settle(): Promise<void> {
  for (let quiet = 0; quiet < QUIET_TURNS; ) {
    await new Promise(setImmediate);
    const busy = process.getActiveResourcesInfo().some((kind) => FILE_REQUEST.test(kind));
    quiet = busy ? 0 : quiet + 1;
  }
}
