/** Sends what the spool holds: one record under way, again until the stream has it. It never gives a record up. */
import { DEFAULT_RECORD_BYTES } from '../contract/reading.ts';
import { CATCH_UP_BYTES, type SpoolRecord } from './spool/pack.ts';
import type { Spool } from './spool/spool.ts';
import type { Problem } from './uplink/explain.ts';

/** The part of the uplink that sending needs. */
export interface Sender {
  send(data: Uint8Array): Promise<Problem | undefined>;
}

export interface ForwardOptions {
  /** Bytes a second while there is a backlog: the stream has other sites on it. */
  catchUpBytes: number;
  /** The time by which records are stamped, ms since the epoch. */
  now(): number;
  random(): number;
  /** Called when the problem changes; undefined when there is none any more. */
  onProblem(problem: Problem | undefined): void;
}

const FIRST_WAIT_MS = 250;
const MAX_WAIT_MS = 30_000;
/** Somebody must do something first. */
const REFUSED_WAIT_MS = 60_000;
/** With nothing to send. No longer than a record may wait for company. */
const IDLE_MS = 250;

export interface Forwarder {
  /** When the stream last took a record, ms since the epoch. */
  readonly lastMs: number | undefined;
  readonly problem: Problem | undefined;
  /** Tries again now, because something may be different. */
  retryNow(): void;
  /** Ends when all is sent, when the stream cannot be reached, or after `patienceMs`. */
  stop(patienceMs: number): Promise<void>;
}

export function startForwarder(spool: Spool, sender: Sender, options: ForwardOptions): Forwarder {
  let problem: Problem | undefined;
  let lastMs: number | undefined;
  let endAt = Number.POSITIVE_INFINITY;
  let wake = () => {};
  /** Waiting for readings, not for another attempt. */
  let idle = false;

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, Math.min(ms, endAt - performance.now())));
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  async function pauseIdle(ms: number): Promise<void> {
    idle = true;
    await pause(ms);
    idle = false;
  }

  function setProblem(next: Problem | undefined): void {
    const changed = next?.sentence !== problem?.sentence;
    problem = next;
    if (changed) options.onProblem(next);
  }

  /** Resolves to false if there is no time left. */
  async function sendUntilAccepted(record: SpoolRecord): Promise<boolean> {
    for (let failures = 1; ; failures += 1) {
      const failed = await sender.send(record.data);
      setProblem(failed);
      if (!failed) return true;
      const ending = endAt !== Number.POSITIVE_INFINITY;
      if (ending && (failed.kind !== 'throttled' || performance.now() >= endAt)) return false;
      const longest =
        failed.kind === 'refused' ? REFUSED_WAIT_MS : Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** failures);
      await pause(failed.kind === 'refused' ? longest : options.random() * longest);
    }
  }

  /** How long the next record has to wait, in ms; undefined when there is nothing to do any more. */
  async function nextInMs(): Promise<number | undefined> {
    const ms = await spool.waitMs();
    if (endAt === Number.POSITIVE_INFINITY) return ms ?? IDLE_MS;
    return ms === undefined || performance.now() >= endAt ? undefined : 0;
  }

  async function forwardNext(): Promise<boolean> {
    const startedMs = performance.now();
    const catchingUp = spool.counts.waitingBytes > CATCH_UP_BYTES;
    const record = await spool.take(options.now());
    if (!record) return true;
    // Both take their time; the order of records is that of their taking.
    const planned = spool.plan(options.now());
    planned.catch(() => {});
    const accepted = await sendUntilAccepted(record);
    await planned;
    if (!accepted) return false;
    lastMs = options.now();
    await spool.settle();
    const paceMs = (1000 * record.data.length) / options.catchUpBytes;
    const restMs = paceMs - (performance.now() - startedMs);
    // A timer waits for a millisecond at least.
    if (catchingUp && restMs > 0) await pause(restMs);
    return true;
  }

  async function run(): Promise<void> {
    for (;;) {
      try {
        const ms = await nextInMs();
        if (ms === undefined) return;
        if (ms > 0) await pauseIdle(ms);
        else if (!(await forwardNext())) return;
      } catch (error) {
        // The disk: nothing may be sent whose place in the spool is not safe.
        setProblem({
          kind: 'refused',
          sentence: `The spool cannot be written: ${(error as Error).message}.`,
        });
        if (performance.now() >= endAt) return;
        await pause(MAX_WAIT_MS * options.random());
      }
    }
  }

  const stopListening = spool.onChange(() => {
    if (idle && spool.counts.waitingBytes >= DEFAULT_RECORD_BYTES) wake();
  });
  const running = run();

  return {
    get lastMs() {
      return lastMs;
    },
    get problem() {
      return problem;
    },
    retryNow: () => wake(),
    async stop(patienceMs) {
      endAt = performance.now() + patienceMs;
      wake();
      await running;
      stopListening();
    },
  };
}
