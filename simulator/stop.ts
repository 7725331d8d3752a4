/** Ctrl-C: the first one ends a run in order, a second one at once. */

/** One Ctrl-C reaches a child of npm twice, from the terminal and from npm: what follows so soon is the same one. */
const SAME_SIGNAL_MS = 500;

/** Aborts on SIGINT or SIGTERM; the next one leaves the process with `exitCode`. */
export function stopSignal(onFirst: () => void, exitCode = 130): AbortSignal {
  const controller = new AbortController();
  let firstMs: number | undefined;
  const handle = () => {
    const nowMs = performance.now();
    if (firstMs === undefined) {
      firstMs = nowMs;
      onFirst();
      controller.abort();
    } else if (nowMs - firstMs > SAME_SIGNAL_MS) {
      process.exit(exitCode);
    }
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return controller.signal;
}
