/** Ends a program with the npm that has started it. */

const LOOK_EVERY_MS = 500;

/**
 * `kill` ends npm and the shell between it and us, and nobody tells us: a fleet would go on to send, a port stay taken.
 * Another parent is how it shows.
 */
export function endWithNpm(): void {
  if (process.env.npm_lifecycle_event === undefined || process.platform === 'win32') return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, LOOK_EVERY_MS);
  timer.unref();
}
