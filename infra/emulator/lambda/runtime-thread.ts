/** The worker thread of an execution environment, and the answers it gives. */
import { Worker } from 'node:worker_threads';
import type { Clock } from '../base/clock.ts';
import type { Failure, InvocationResult } from './result.ts';

export interface ThreadOptions {
  functionArn: string;
  variables: Record<string, string>;
  memoryMb: number;
  clock: Clock;
  /** Called with each line that the function writes. */
  onLine(line: string): void;
}

/** How an environment ends during an invocation. */
export type EnvironmentEnd = Exclude<InvocationResult['status'], 'ok' | 'error'>;

type FailedAnswer = Failure & { status: EnvironmentEnd | 'error'; trace?: string; heapBytes?: number };
/** A thread that has loaded its module answers with an empty payload. */
export type Answer = { payload: string; heapBytes?: number } | FailedAnswer;

/** Sent by `bootstrap.mjs`. */
export type Message =
  | { type: 'log'; text: string }
  | { type: 'ready' }
  | { type: 'result'; payload: string; heapBytes: number }
  | (Failure & { type: 'error' | 'init-error'; trace: string; heapBytes?: number });

/** Sent to `bootstrap.mjs`. */
export interface InvokeRequest {
  type: 'invoke';
  requestId: string;
  payload: string;
  timeoutMs: number;
  traceId: string;
}

const KILLED: Record<EnvironmentEnd, Failure> = {
  crashed: { errorType: 'Runtime.ExitError', errorMessage: 'Runtime exited with error: signal: killed' },
  timeout: { errorType: 'Sandbox.Timedout', errorMessage: 'Task timed out' },
  'out-of-memory': {
    errorType: 'Runtime.OutOfMemory',
    errorMessage: 'Runtime exited with error: signal: killed',
  },
};

export interface RuntimeThread {
  /** False when the thread has ended, or is about to. */
  readonly alive: boolean;
  post(request: InvokeRequest): void;
  /** The thread's next answer, or the failure with which it ends; after `timeoutMs` it is ended with `timedOut`. */
  answer(timeoutMs: number, timedOut: FailedAnswer): Promise<Answer>;
  kill(how?: EnvironmentEnd): Promise<void>;
}

export function startThread(options: ThreadOptions): RuntimeThread {
  const worker = new Worker(new URL('./bootstrap.mjs', import.meta.url), {
    env: options.variables,
    // Without this process' own arguments, such as the TypeScript loader.
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: options.memoryMb },
    workerData: { functionArn: options.functionArn },
    name: options.variables.AWS_LAMBDA_FUNCTION_NAME,
  });
  let alive = true;
  /** Why the thread ends, when that is known beforehand. */
  let reason: FailedAnswer | undefined;
  /** Set when the thread has ended. */
  let ended: FailedAnswer | undefined;
  let settle: ((answer: Answer) => void) | undefined;
  let partialLine = '';

  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  worker.on('message', (message: Message) => {
    if (message.type === 'log') return writeLines(message.text);
    if (message.type === 'ready') return settle?.({ payload: '' });
    if (message.type === 'result') return settle?.(message);
    const { errorType, errorMessage, trace, heapBytes } = message;
    settle?.({ status: 'error', errorType, errorMessage, trace, heapBytes });
  });
  worker.on('error', (error: NodeJS.ErrnoException) => {
    alive = false;
    reason = failureOf(error, options.memoryMb);
  });
  worker.on('exit', (code) => {
    alive = false;
    if (partialLine !== '') writeLines('\n');
    ended = reason ?? exitOf(code);
    settle?.(ended);
  });

  function writeLines(text: string): void {
    const lines = (partialLine + text).split('\n');
    partialLine = lines.pop() ?? '';
    for (const line of lines) options.onLine(line);
  }

  async function kill(how: EnvironmentEnd = 'crashed'): Promise<void> {
    alive = false;
    reason ??= { status: how, ...KILLED[how] };
    await worker.terminate();
    await exited;
  }

  return {
    get alive() {
      return alive;
    },
    post: (request) => worker.postMessage(request),
    answer(timeoutMs, timedOut) {
      if (ended) return Promise.resolve(ended);
      return new Promise((resolve) => {
        const timer = options.clock.after(timeoutMs, () => {
          reason = timedOut;
          void kill();
        });
        settle = (value) => {
          timer.cancel();
          settle = undefined;
          resolve(value);
        };
      });
    },
    kill,
  };
}

function exitOf(code: number): FailedAnswer {
  const errorMessage =
    code === 0
      ? 'Runtime exited without providing a reason'
      : `Runtime exited with error: exit status ${code}`;
  return { status: 'crashed', errorType: 'Runtime.ExitError', errorMessage };
}

function failureOf(error: NodeJS.ErrnoException, memoryMb: number): FailedAnswer {
  if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    const errorMessage = `Runtime exited with error: signal: killed (the heap outgrew the function's ${memoryMb} MB)`;
    return { status: 'out-of-memory', errorType: 'Runtime.OutOfMemory', errorMessage };
  }
  return { status: 'crashed', errorType: error.name, errorMessage: error.message, trace: error.stack };
}
