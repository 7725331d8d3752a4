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

export class RuntimeThread {
  readonly #options: ThreadOptions;
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  #alive = true;
  /** Why the thread ends, when that is known before it does. */
  #lastWords: Trouble | undefined;
  /** The thread has ended. */
  #ended: Trouble | undefined;
  #settle: ((answer: Answer) => void) | undefined;
  #partialLine = '';

  constructor(options: ThreadOptions) {
    this.#options = options;
    this.#worker = new Worker(new URL('./bootstrap.mjs', import.meta.url), {
      env: options.variables,
      // Not this process' own, such as the TypeScript loader's.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: options.memoryMb },
      workerData: { functionArn: options.functionArn },
      name: options.variables.AWS_LAMBDA_FUNCTION_NAME,
    });
    this.#exited = new Promise<void>((resolve) => this.#worker.once('exit', () => resolve()));
    this.#worker.on('message', (message: Message) => this.#onMessage(message));
    this.#worker.on('error', (error: NodeJS.ErrnoException) => {
      this.#alive = false;
      this.#lastWords = troubleOf(error, options.memoryMb);
    });
    this.#worker.on('exit', (code) => this.#onExit(code));
  }

  /** False when the thread has ended, or is about to. */
  get alive(): boolean {
    return this.#alive;
  }

  post(request: InvokeRequest): void {
    this.#worker.postMessage(request);
  }

  /** The thread's next answer; its end if it ends, or is ended because it takes too long. */
  answer(timeoutMs: number, timedOut: Trouble): Promise<Answer> {
    if (this.#ended) return Promise.resolve(this.#ended);
    return new Promise((resolve) => {
      const timer = this.#options.clock.after(timeoutMs, () => {
        this.#lastWords = timedOut;
        void this.kill();
      });
      this.#settle = (value) => {
        timer.cancel();
        this.#settle = undefined;
        resolve(value);
      };
    });
  }

  async kill(how: EnvironmentEnd = 'crashed'): Promise<void> {
    this.#alive = false;
    this.#lastWords ??= { status: how, ...KILLED[how] };
    await this.#worker.terminate();
    await this.#exited;
  }

  #onMessage(message: Message): void {
    if (message.type === 'log') this.#writeLines(message.text);
    else if (message.type === 'ready') this.#settle?.({ payload: '' });
    else if (message.type === 'result') this.#settle?.(message);
    else {
      const { errorType, errorMessage, trace, heapBytes } = message;
      this.#settle?.({ status: 'error', errorType, errorMessage, trace, heapBytes });
    }
  }

  #onExit(code: number): void {
    this.#alive = false;
    if (this.#partialLine !== '') this.#writeLines('\n');
    const errorMessage =
      code === 0
        ? 'Runtime exited without providing a reason'
        : `Runtime exited with error: exit status ${code}`;
    this.#ended = this.#lastWords ?? { status: 'crashed', errorType: 'Runtime.ExitError', errorMessage };
    this.#settle?.(this.#ended);
  }

  #writeLines(text: string): void {
    const lines = (this.#partialLine + text).split('\n');
    this.#partialLine = lines.pop() ?? '';
    for (const line of lines) this.#options.onLine(line);
  }
}

function troubleOf(error: NodeJS.ErrnoException, memoryMb: number): Trouble {
  if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    const errorMessage = `Runtime exited with error: signal: killed (the heap outgrew the function's ${memoryMb} MB)`;
    return { status: 'out-of-memory', errorType: 'Runtime.OutOfMemory', errorMessage };
  }
  return { status: 'crashed', errorType: error.name, errorMessage: error.message, trace: error.stack };
}
