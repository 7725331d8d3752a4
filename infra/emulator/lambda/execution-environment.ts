/**
 * One execution environment: a process that has loaded the handler and takes one invocation at a time. Between them it
 * is frozen, as on AWS: no timer fires and no answer is read until the next one.
 */
import type { Answer, EnvironmentEnd } from './answer.ts';
import type { InvocationResult } from './result.ts';
import { type ProcessOptions, RuntimeProcess } from './runtime-process.ts';
import { bytesIn, makeTemporaryFolder, removeTemporaryFolder } from './temporary-folder.ts';

export interface EnvironmentOptions extends ProcessOptions {
  functionArn: string;
  timeoutMs: number;
  /** What stands for `/tmp`, and how much there is room for on AWS. */
  storage: { folder: string; bytes: number };
  warn(text: string): void;
}

export interface Report {
  result: InvocationResult;
  /** Only after a cold start. */
  initMs?: number;
  /** The most that its process has held so far. */
  memoryBytes?: number;
  /** Stack trace of the error, for the log. */
  trace?: string;
}

export interface ExecutionEnvironment {
  /** False when its process has ended or is about to: the next invocation needs another environment. */
  readonly alive: boolean;
  /** Resolves when it has ended. */
  readonly ended: Promise<unknown>;
  invoke(requestId: string, payload: string | Buffer): Promise<Report>;
  /** Ends it, as when its host dies or Lambda ends it. */
  kill(how?: EnvironmentEnd): Promise<void>;
}

/** Lambda gives the module this long to load (AWS documentation), in ms. */
const INIT_TIMEOUT_MS = 10_000;

export function startEnvironment(options: EnvironmentOptions): ExecutionEnvironment {
  const { clock, timeoutMs, functionArn, storage, warn } = options;
  makeTemporaryFolder(storage.folder);
  const runtime = new RuntimeProcess(options);
  const ended = runtime.ended.then(() => removeTemporaryFolder(storage.folder));
  let cold = true;
  let isFull = false;
  const createdMs = clock.elapsed();
  const initialized = runtime.answer(INIT_TIMEOUT_MS, {
    status: 'timeout',
    errorType: 'Sandbox.Timedout',
    errorMessage: `INIT_REPORT Init Duration: ${INIT_TIMEOUT_MS} ms Phase: init Status: timeout`,
  });

  /** Said once. On AWS the write that goes too far fails. */
  function checkStorage(): void {
    const bytes = isFull || !runtime.alive ? 0 : bytesIn(storage.folder);
    if (bytes <= storage.bytes) return;
    isFull = true;
    const [held, room] = [bytes, storage.bytes].map((count) => `${Math.ceil(count / 2 ** 20)} MB`);
    warn(`${held} in /tmp, which has ${room} on AWS (EphemeralStorage): ENOSPC there`);
  }

  async function run(requestId: string, payload: string | Buffer): Promise<Answer & { durationMs: number }> {
    const startedMs = clock.elapsed();
    const nowMs = clock.now();
    const deadline = new Date(nowMs + timeoutMs).toISOString();
    const answered = runtime.answer(timeoutMs, {
      status: 'timeout',
      errorType: 'Sandbox.Timedout',
      errorMessage: `${deadline} ${requestId} Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`,
    });
    runtime.post({ requestId, timeoutMs, traceId: traceId(requestId, nowMs), functionArn }, payload);
    const answer = await answered;
    const durationMs = clock.elapsed() - startedMs;
    runtime.freeze();
    checkStorage();
    return { ...answer, durationMs };
  }

  return {
    get alive() {
      return runtime.alive;
    },
    ended,
    async kill(how) {
      await runtime.kill(how);
      await ended;
    },
    async invoke(requestId, payload) {
      const first = await initialized;
      const initMs = cold ? clock.elapsed() - createdMs : undefined;
      cold = false;
      if (!('payload' in first)) {
        // After a failed init, Lambda starts a fresh environment.
        await runtime.kill();
        return { result: toResult(requestId, 0, first), initMs, trace: first.trace };
      }
      const { durationMs, ...value } = await run(requestId, payload);
      const trace = 'trace' in value ? value.trace : undefined;
      return {
        result: toResult(requestId, durationMs, value),
        initMs,
        memoryBytes: value.memoryBytes,
        trace,
      };
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
