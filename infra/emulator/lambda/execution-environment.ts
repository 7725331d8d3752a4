/** One execution environment: a worker thread that has loaded the handler and takes one invocation at a time. */
import { Worker } from 'node:worker_threads';
import type { InvocationResult } from './result.ts';

export interface EnvironmentOptions {
  functionArn: string;
  variables: Record<string, string>;
  memoryMb: number;
  timeoutMs: number;
  /** What the function writes, line by line. */
  onLine(line: string): void;
}

export interface Report {
  result: InvocationResult;
  /** Only after a cold start. */
  initMs?: number;
  heapBytes?: number;
  /** Where the error came from, for the log. */
  trace?: string;
}

/** Why an environment ends in the middle of what it does. */
export type EnvironmentEnd = Exclude<InvocationResult['status'], 'ok' | 'error'>;

export interface ExecutionEnvironment {
  /** False when the thread has ended, or is about to: the next invocation needs another environment. */
  readonly alive: boolean;
  invoke(requestId: string, payload: string): Promise<Report>;
  /** Ends the thread, as when its host dies or as Lambda ends it. */
  kill(how?: EnvironmentEnd): Promise<void>;
}

/** Lambda gives the module this long to load (AWS documentation), in ms. */
const INIT_TIMEOUT_MS = 10_000;

const KILLED: Record<EnvironmentEnd, Pick<Trouble, 'errorType' | 'errorMessage'>> = {
  crashed: { errorType: 'Runtime.ExitError', errorMessage: 'Runtime exited with error: signal: killed' },
  timeout: { errorType: 'Sandbox.Timedout', errorMessage: 'Task timed out' },
  'out-of-memory': {
    errorType: 'Runtime.OutOfMemory',
    errorMessage: 'Runtime exited with error: signal: killed',
  },
};

interface Trouble {
  status: Exclude<InvocationResult['status'], 'ok'>;
  errorType: string;
  errorMessage: string;
  trace?: string;
}
type Answer = { payload: string; heapBytes?: number } | (Trouble & { heapBytes?: number });
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

export function startEnvironment(options: EnvironmentOptions): ExecutionEnvironment {
  const worker = new Worker(new URL('./bootstrap.mjs', import.meta.url), {
    env: options.variables,
    // Not this process' own, such as the TypeScript loader's.
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: options.memoryMb },
    workerData: { functionArn: options.functionArn },
    name: options.variables.AWS_LAMBDA_FUNCTION_NAME,
  });
  let alive = true;
  let cold = true;
  /** Why the thread ended, when it says so before it does. */
  let lastWords: Trouble | undefined;
  let settle: ((answer: Answer | 'ready') => void) | undefined;
  /** The thread has ended before anybody waited for it. */
  let ended: Trouble | undefined;
  let partialLine = '';

  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  worker.on('message', (message: Message) => {
    if (message.type === 'log') return writeLines(message.text);
    if (message.type === 'ready') return settle?.('ready');
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
    ended = lastWords ?? {
      status: 'crashed',
      errorType: 'Runtime.ExitError',
      errorMessage:
        code === 0
          ? 'Runtime exited without providing a reason'
          : `Runtime exited with error: exit status ${code}`,
    };
    settle?.(ended);
  });

  function writeLines(text: string): void {
    const lines = (partialLine + text).split('\n');
    partialLine = lines.pop() ?? '';
    for (const line of lines) options.onLine(line);
  }

  /** The thread's next answer; its end if it ends, or is ended because it takes too long. */
  function answer(timeoutMs: number, timedOut: Trouble): Promise<Answer | 'ready'> {
    if (ended) return Promise.resolve(ended);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        lastWords = timedOut;
        void kill();
      }, timeoutMs);
      settle = (value) => {
        clearTimeout(timer);
        settle = undefined;
        resolve(value);
      };
    });
  }

  async function kill(how: EnvironmentEnd = 'crashed'): Promise<void> {
    alive = false;
    lastWords ??= { status: how, ...KILLED[how] };
    await worker.terminate();
    await exited;
  }

  const createdMs = performance.now();
  const initialized = answer(INIT_TIMEOUT_MS, {
    status: 'timeout',
    errorType: 'Sandbox.Timedout',
    errorMessage: `INIT_REPORT Init Duration: ${INIT_TIMEOUT_MS} ms Phase: init Status: timeout`,
  });

  async function run(requestId: string, payload: string): Promise<Answer & { durationMs: number }> {
    const startedMs = performance.now();
    const deadlineMs = Date.now() + options.timeoutMs;
    const seconds = (options.timeoutMs / 1000).toFixed(2);
    const answered = answer(options.timeoutMs, {
      status: 'timeout',
      errorType: 'Sandbox.Timedout',
      errorMessage: `${new Date(deadlineMs).toISOString()} ${requestId} Task timed out after ${seconds} seconds`,
    });
    worker.postMessage({ type: 'invoke', requestId, payload, deadlineMs, traceId: traceId(requestId) });
    const value = (await answered) as Answer;
    return { ...value, durationMs: performance.now() - startedMs };
  }

  return {
    get alive() {
      return alive;
    },
    kill,
    async invoke(requestId, payload) {
      const first = await initialized;
      const initMs = cold ? performance.now() - createdMs : undefined;
      cold = false;
      if (first !== 'ready') {
        // Lambda starts over with a fresh environment after a failed init.
        await kill();
        return {
          result: toResult(requestId, 0, first),
          initMs,
          trace: 'trace' in first ? first.trace : undefined,
        };
      }
      const { durationMs, ...value } = await run(requestId, payload);
      const trace = 'trace' in value ? value.trace : undefined;
      return { result: toResult(requestId, durationMs, value), initMs, heapBytes: value.heapBytes, trace };
    },
  };
}

function toResult(requestId: string, durationMs: number, answer: Answer): InvocationResult {
  if ('payload' in answer) return { status: 'ok', requestId, durationMs, payload: answer.payload };
  const { status, errorType, errorMessage } = answer;
  return { status, requestId, durationMs, errorType, errorMessage };
}

function troubleOf(error: NodeJS.ErrnoException, memoryMb: number): Trouble {
  if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    const errorMessage = `Runtime exited with error: signal: killed (the heap outgrew the function's ${memoryMb} MB)`;
    return { status: 'out-of-memory', errorType: 'Runtime.OutOfMemory', errorMessage };
  }
  return { status: 'crashed', errorType: error.name, errorMessage: error.message, trace: error.stack };
}

/** Same shape as X-Ray's, never sampled: there is no daemon. */
const traceId = (requestId: string) =>
  `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${requestId.replaceAll('-', '').slice(0, 24)};Sampled=0`;
