/**
 * Ends the processes of functions when this one is killed. A stopped process cannot notice that itself, and would stay
 * for good. So a shell waits for the end of its input, which the system closes however this process ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';

/** Each line names all process groups that are alive. */
const SCRIPT = 'while read -r line; do groups=$line; done; [ -z "$groups" ] || kill -9 $groups';

const groups = new Set<number>();
let shell: ChildProcess | undefined;

/** @returns what to call when the group of this process has ended */
export function guardGroup(pid: number): () => void {
  groups.add(pid);
  tell();
  return () => {
    groups.delete(pid);
    tell();
  };
}

function tell(): void {
  shell ??= startShell();
  shell.stdin?.write(`${[...groups].map((group) => -group).join(' ')}\n`);
}

/** In a session of its own, so that no signal of a terminal ends it before the others. */
function startShell(): ChildProcess {
  const started = spawn('/bin/sh', ['-c', SCRIPT], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    env: {},
  });
  const forget = () => {
    if (shell === started) shell = undefined;
  };
  started.on('error', forget).on('exit', forget);
  started.stdin?.on('error', () => undefined);
  started.unref();
  (started.stdin as unknown as { unref?(): void })?.unref?.();
  return started;
}
