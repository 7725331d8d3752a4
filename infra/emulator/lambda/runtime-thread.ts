/** The worker thread of an execution environment, and the answers it gives. */
import { Worker } from 'node:worker_threads';
import type { Clock } from '../base/clock.ts';
import type { InvocationResult } from './result.ts';

export interface ThreadOptions {
  functionArn: string;
  variables: Record<string, string>;
  memoryMb: number;
  clock: Clock;
  /** What the function writes, line by line. */
  onLine(line: string): void;
}

/** Why an environment ends in the middle of what it does. */
export type EnvironmentEnd = Exclude<InvocationResult['status'], 'ok' | 'error'>;

/** Why there is no result. */
export interface Trouble {
  status: Exclude<InvocationResult['status'], 'ok'>;
  errorType: string;
  errorMessage: string;
  trace?: string;
}
/** A thread that has loaded its module answers with an empty payload. */
export type Answer = { payload: string; heapBytes?: number } | (Trouble & { heapBytes?: number });

/** What `bootstrap.mjs` sends. */
type Message =
  | { type: 'log'; text: string }
  | { type: 'ready' }
  | { type: 'result'; payload: string; heapBytes: number }
  | {
      type: 'error' | 'init-error';
      heapBytes?: number;
      errorType: string;
      errorMessage: string;
      trace: string;
    };

/** What `bootstrap.mjs` takes. */
export interface InvokeRequest {
  type: 'invoke';
  requestId: string;
  payload: string;
  timeoutMs: number;
  traceId: string;
}

const KILLED: Record<EnvironmentEnd, Pick<Trouble, 'errorType' | 'errorMessage'>> = {
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
  /** The thread's next answer; its end if it ends, or is ended because it takes too long. */
  answer(timeoutMs: number, timedOut: Trouble): Promise<Answer>;
  kill(how?: EnvironmentEnd): Promise<void>;
}

export function startThread(options: ThreadOptions): RuntimeThread {
  const worker = new Worker(new URL('./bootstrap.mjs', import.meta.url), {
    env: options.variables,
    // Not this process' own, such as the TypeScript loader's.
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: options.memoryMb },
    workerData: { functionArn: options.functionArn },
    name: options.variables.AWS_LAMBDA_FUNCTION_NAME,
  });
  let alive = true;
  /** Why the thread ends, when that is known before it does. */
  let lastWords: Trouble | undefined;
  /** The thread has ended. */
  let ended: Trouble | undefined;
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
    lastWords = troubleOf(error, options.memoryMb);
  });
  worker.on('exit', (code) => {
    alive = false;
    if (partialLine !== '') writeLines('\n');
    ended = lastWords ?? exitOf(code);
    settle?.(ended);
  });

  function writeLines(text: string): void {
    const lines = (partialLine + text).split('\n');
    partialLine = lines.pop() ?? '';
    for (const line of lines) options.onLine(line);
  }

  async function kill(how: EnvironmentEnd = 'crashed'): Promise<void> {
    alive = false;
    lastWords ??= { status: how, ...KILLED[how] };
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
          lastWords = timedOut;
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

function exitOf(code: number): Trouble {
  const errorMessage =
    code === 0
      ? 'Runtime exited without providing a reason'
      : `Runtime exited with error: exit status ${code}`;
  return { status: 'crashed', errorType: 'Runtime.ExitError', errorMessage };
}

function troubleOf(error: NodeJS.ErrnoException, memoryMb: number): Trouble {
  if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    const errorMessage = `Runtime exited with error: signal: killed (the heap outgrew the function's ${memoryMb} MB)`;
    return { status: 'out-of-memory', errorType: 'Runtime.OutOfMemory', errorMessage };
  }
  return { status: 'crashed', errorType: error.name, errorMessage: error.message, trace: error.stack };
}
