/** One execution environment: a worker thread that has loaded the handler and takes one invocation at a time. */
import type { InvocationResult } from './result.ts';
import { type Answer, type EnvironmentEnd, startThread, type ThreadOptions } from './runtime-thread.ts';

export type { EnvironmentEnd } from './runtime-thread.ts';

export interface EnvironmentOptions extends ThreadOptions {
  timeoutMs: number;
}

export interface Report {
  result: InvocationResult;
  /** Only after a cold start. */
  initMs?: number;
  heapBytes?: number;
  /** Stack trace of the error, for the log. */
  trace?: string;
}

export interface ExecutionEnvironment {
  /** False when the thread has ended or is about to: the next invocation needs another environment. */
  readonly alive: boolean;
  invoke(requestId: string, payload: string): Promise<Report>;
  /** Ends the thread, as when its host dies or Lambda ends it. */
  kill(how?: EnvironmentEnd): Promise<void>;
}

/** Lambda gives the module this long to load (AWS documentation), in ms. */
const INIT_TIMEOUT_MS = 10_000;

export function startEnvironment(options: EnvironmentOptions): ExecutionEnvironment {
  const { clock, timeoutMs } = options;
  const thread = startThread(options);
  let cold = true;
  const createdMs = clock.elapsed();
  const initialized = thread.answer(INIT_TIMEOUT_MS, {
    status: 'timeout',
    errorType: 'Sandbox.Timedout',
    errorMessage: `INIT_REPORT Init Duration: ${INIT_TIMEOUT_MS} ms Phase: init Status: timeout`,
  });

  async function run(requestId: string, payload: string): Promise<Answer & { durationMs: number }> {
    const startedMs = clock.elapsed();
    const nowMs = clock.now();
    const deadline = new Date(nowMs + timeoutMs).toISOString();
    const answered = thread.answer(timeoutMs, {
      status: 'timeout',
      errorType: 'Sandbox.Timedout',
      errorMessage: `${deadline} ${requestId} Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`,
    });
    thread.post({ type: 'invoke', requestId, payload, timeoutMs, traceId: traceId(requestId, nowMs) });
    const answer = await answered;
    return { ...answer, durationMs: clock.elapsed() - startedMs };
  }

  return {
    get alive() {
      return thread.alive;
    },
    kill: thread.kill,
    async invoke(requestId, payload) {
      const first = await initialized;
      const initMs = cold ? clock.elapsed() - createdMs : undefined;
      cold = false;
      if (!('payload' in first)) {
        // After a failed init, Lambda starts a fresh environment.
        await thread.kill();
        return { result: toResult(requestId, 0, first), initMs, trace: first.trace };
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

/** In X-Ray's format, and never sampled, because there is no daemon. */
const traceId = (requestId: string, nowMs: number) =>
  `Root=1-${Math.floor(nowMs / 1000).toString(16)}-${requestId.replaceAll('-', '').slice(0, 24)};Sampled=0`;
