/** Ctrl-C: the first ends a program in order, the second at once. A terminal that is closed ends it in order. */

/** Ctrl-C reaches a child of npm twice, from the terminal and from npm: a second signal this soon is the same one. */
const SAME_SIGNAL_MS = 500;
/** The exit code that shells report for an interrupted program. */
export const EXIT_INTERRUPTED = 130;

/** The part of `process` that is used here. */
export interface Interruptible extends HungUp {
  on(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP', listener: () => void): unknown;
  exit(code: number): void;
}

/** What is used of `process` for a terminal that is closed. */
interface HungUp {
  on(signal: 'SIGHUP', listener: () => void): unknown;
  once(event: 'exit', listener: () => void): unknown;
  removeAllListeners(signal: 'SIGHUP'): unknown;
}

/**
 * Calls `end` when the terminal is closed, which may be said more than once. When the program has ended in order, the
 * signal ends the process: Node.js would restore the terminal, fail at it, and abort.
 */
export function onHangUp(end: () => void, target: HungUp = process): void {
  let isFirst = true;
  target.on('SIGHUP', () => {
    if (isFirst) {
      target.once('exit', () => {
        target.removeAllListeners('SIGHUP');
        process.kill(process.pid, 'SIGHUP');
      });
    }
    isFirst = false;
    end();
  });
}

/** So long may it take to tell AWS that a query is not wanted any more. */
const LAST_CALL_MS = 2000;

/** For programs that only look: ends them soon after the first signal, also where a call is not answered. */
export function stopSoonSignal(target: Interruptible = process): AbortSignal {
  const end = () => setTimeout(() => target.exit(EXIT_INTERRUPTED), LAST_CALL_MS).unref();
  return stopSignal(end, target);
}

/**
 * Aborts on the first SIGINT or SIGTERM, after `onFirst`; the next one ends the process. A terminal that is closed
 * (SIGHUP) aborts as well, and is not counted: it says so more than once.
 */
export function stopSignal(
  onFirst: () => void = () => {},
  target: Interruptible = process,
  now: () => number = () => performance.now(),
): AbortSignal {
  const controller = new AbortController();
  let firstMs: number | undefined;
  const begin = () => {
    if (controller.signal.aborted) return;
    onFirst();
    controller.abort();
  };
  const handle = () => {
    if (firstMs === undefined) {
      firstMs = now();
      begin();
    } else if (now() - firstMs > SAME_SIGNAL_MS) {
      target.exit(EXIT_INTERRUPTED);
    }
  };
  target.on('SIGINT', handle);
  target.on('SIGTERM', handle);
  onHangUp(begin, target);
  return controller.signal;
}
