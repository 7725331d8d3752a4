/** AWS Lambda: the template's own bundled function, in worker threads of this process. */
import { randomUUID } from 'node:crypto';
import { environmentOf, parseFunction } from './configuration.ts';
import {
  type EnvironmentEnd,
  type ExecutionEnvironment,
  type Report,
  startEnvironment,
} from './execution-environment.ts';
import { openLogFile } from './log-file.ts';
import type { InvocationResult } from './result.ts';

export type { EnvironmentEnd } from './execution-environment.ts';
export type { Failure, InvocationResult } from './result.ts';

export interface FunctionOptions {
  name: string;
  arn: string;
  /** Resolved properties of the `AWS::Lambda::Function`. */
  properties: unknown;
  /** The unpacked code, as synthesized. */
  codeDir: string;
  /** What the function needs to find the local services: endpoint, region, credentials. */
  environment: Record<string, string>;
  logFile: string;
  /** Gets each line that the function itself writes, such as embedded metrics. Must not throw. */
  onLog?(line: string): void;
}

export interface LambdaFunction {
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  /** Runs the handler on an event given as JSON text. Never rejects. Waits while all environments are busy. */
  invoke(payload: string): Promise<InvocationResult>;
  /** Ends every execution environment at once, in the middle of what it does; the next invocation is a cold start. */
  kill(how?: EnvironmentEnd): Promise<void>;
  /** The same for good, and the log is on disk. */
  stop(): Promise<void>;
}

export function createFunction(options: FunctionOptions): LambdaFunction {
  const { name, arn, codeDir } = options;
  const configuration = parseFunction(options.properties);
  const variables = environmentOf(name, codeDir, configuration, options.environment);
  const log = openLogFile(options.logFile);
  const idle: ExecutionEnvironment[] = [];
  const all = new Set<ExecutionEnvironment>();
  const queue: (() => void)[] = [];
  let busy = 0;
  let stopped = false;

  function start(): ExecutionEnvironment {
    log.line(`INIT_START Runtime Version: ${configuration.runtime} (here Node.js ${process.version})`);
    const environment = startEnvironment({
      functionArn: arn,
      variables,
      memoryMb: configuration.memoryMb,
      timeoutMs: configuration.timeoutMs,
      onLine(line) {
        log.line(line);
        options.onLog?.(line);
      },
    });
    all.add(environment);
    return environment;
  }

  /** The most recently used one that still lives, so that the others can be let go. */
  function takeIdle(): ExecutionEnvironment {
    for (let environment = idle.pop(); environment; environment = idle.pop()) {
      if (environment.alive) return environment;
      all.delete(environment);
    }
    return start();
  }

  async function invoke(payload: string): Promise<InvocationResult> {
    if (busy >= configuration.concurrency) await new Promise<void>((resolve) => queue.push(resolve));
    else busy += 1;
    const requestId = randomUUID();
    const environment = stopped ? undefined : takeIdle();
    try {
      if (!environment) return stoppedResult(requestId);
      log.line(`START RequestId: ${requestId} Version: $LATEST`);
      const report = await environment.invoke(requestId, payload);
      logReport(report);
      return report.result;
    } finally {
      if (environment?.alive) idle.push(environment);
      else if (environment) all.delete(environment);
      const next = queue.shift();
      // The place passes on to who waits longest.
      if (next) next();
      else busy -= 1;
    }
  }

  function logReport({ result, initMs, heapBytes, trace }: Report): void {
    const { requestId, durationMs } = result;
    if (result.status !== 'ok') {
      const { errorType, errorMessage } = result;
      const at = `${new Date().toISOString()}\t${requestId}\tERROR`;
      log.line(
        `${at}\tInvoke Error\t${JSON.stringify({ errorType, errorMessage, stack: trace?.split('\n') })}`,
      );
    }
    log.line(`END RequestId: ${requestId}`);
    const fields = [
      `REPORT RequestId: ${requestId}`,
      `Duration: ${durationMs.toFixed(2)} ms`,
      `Billed Duration: ${Math.ceil(durationMs + (initMs ?? 0))} ms`,
      `Memory Size: ${configuration.memoryMb} MB`,
    ];
    if (heapBytes) fields.push(`Max Memory Used: ${Math.ceil(heapBytes / 2 ** 20)} MB`);
    if (initMs !== undefined) fields.push(`Init Duration: ${initMs.toFixed(2)} ms`);
    if (result.status !== 'ok') fields.push(`Status: ${result.status}`);
    log.line(fields.join('\t'));
  }

  async function kill(how?: EnvironmentEnd): Promise<void> {
    await Promise.all([...all].map((environment) => environment.kill(how)));
  }

  return {
    name,
    arn,
    roleArn: configuration.roleArn,
    invoke,
    kill,
    async stop() {
      stopped = true;
      await kill();
      log.flush();
    },
  };
}

const stoppedResult = (requestId: string): InvocationResult => ({
  status: 'crashed',
  requestId,
  durationMs: 0,
  errorType: 'Runtime.ExitError',
  errorMessage: 'The local runtime has stopped',
});
