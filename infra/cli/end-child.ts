/** Children that end with us, whatever signal ends us. */
import type { ChildProcess } from 'node:child_process';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/** Windows has no groups of processes. */
export const HAS_GROUPS = process.platform !== 'win32';

/**
 * Until the child has ended, a signal ends it and all that it has started, then does what it would have done.
 * @param child leads a group of its own (`detached: HAS_GROUPS`)
 * @param onSignal removes what the child leaves behind
 */
export function endChildWithUs(child: ChildProcess, onSignal: () => void): void {
  beforeSignalsEndUs(child, () => {
    killGroup(child);
    onSignal();
  });
}

/**
 * The same for a child that asks at the terminal, and therefore is of our group: it is told to end, so that it leaves the
 * terminal as it was. A signal that was sent to us alone would leave it behind.
 */
export const tellChildToEndWithUs = (child: ChildProcess): void =>
  beforeSignalsEndUs(child, () => child.kill('SIGTERM'));

function beforeSignalsEndUs(child: ChildProcess, work: () => void): void {
  const end = (signal: NodeJS.Signals) => {
    release();
    work();
    process.kill(process.pid, signal);
  };
  const release = () => {
    for (const signal of SIGNALS) process.off(signal, end);
  };
  for (const signal of SIGNALS) process.on(signal, end);
  child.once('close', release);
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(HAS_GROUPS ? -pid : pid, 'SIGKILL');
  } catch {
    // All of it has ended.
  }
}
