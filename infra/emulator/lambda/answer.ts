/** What the process of an execution environment answers, and how it ends. */
import type { Failure, InvocationResult } from './result.ts';

/** How an environment ends during an invocation. */
export type EnvironmentEnd = Exclude<InvocationResult['status'], 'ok' | 'error'>;

export type FailedAnswer = Failure & {
  status: EnvironmentEnd | 'error';
  trace?: string;
  memoryBytes?: number;
};

/** A process that has loaded its module answers with an empty payload. */
export type Answer = { payload: string; memoryBytes?: number } | FailedAnswer;

/** Ended from outside. */
export const KILLED: Record<EnvironmentEnd, FailedAnswer> = {
  crashed: {
    status: 'crashed',
    errorType: 'Runtime.ExitError',
    errorMessage: 'Runtime exited with error: signal: killed',
  },
  timeout: { status: 'timeout', errorType: 'Sandbox.Timedout', errorMessage: 'Task timed out' },
  'out-of-memory': {
    status: 'out-of-memory',
    errorType: 'Runtime.OutOfMemory',
    errorMessage: 'Runtime exited with error: signal: killed',
  },
};

/** Lambda's report gives the memory size as what was used. */
export const outOfMemory = (limitBytes: number): FailedAnswer => ({
  ...KILLED['out-of-memory'],
  memoryBytes: limitBytes,
});

/** In Lambda's words. @param heapIsFull the engine itself has given up, within the memory size */
export function exited(code: number | null, signal: string | null, heapIsFull: boolean): FailedAnswer {
  const how = signal === null ? `exit status ${code}` : `signal: ${signalWord(signal)}`;
  const errorMessage =
    code === 0 ? 'Runtime exited without providing a reason' : `Runtime exited with error: ${how}`;
  return heapIsFull
    ? { status: 'out-of-memory', errorType: 'Runtime.OutOfMemory', errorMessage }
    : { status: 'crashed', errorType: 'Runtime.ExitError', errorMessage };
}

const signalWord = (signal: string) =>
  ({ SIGKILL: 'killed', SIGABRT: 'aborted', SIGSEGV: 'segmentation fault' })[signal] ?? signal;
