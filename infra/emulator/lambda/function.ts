/** One Lambda function: the template's own code, in worker threads of this process. */
import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '../base/clock.ts';
import type { Actor } from '../iam/service.ts';
import { environmentOf, parseFunction } from './configuration.ts';
import { EnvironmentPool } from './environment-pool.ts';
import { type EnvironmentEnd, startEnvironment } from './execution-environment.ts';
import { openLogFile } from './log-file.ts';
import { reportLines } from './log-report.ts';
import type { InvocationResult } from './result.ts';

export type { EnvironmentEnd } from './execution-environment.ts';
export type { Failure, InvocationResult } from './result.ts';

export interface FunctionOptions {
  name: string;
  arn: string;
  /** Resolved properties of the `AWS::Lambda::Function`. */
  properties: unknown;
  codeDir: string;
  /** Who it is for IAM: its role, in use by Lambda. */
  actor: Actor;
  /** Variables by which its SDK clients find the local services: endpoint, region, credentials. */
  environment: Record<string, string>;
  logFile: string;
  clock?: Clock;
  /** Called with each line that the function itself writes. Must not throw. */
  onLog?(line: string): void;
  /** Called when an invocation has ended; with when it began, on the wall clock. */
  onInvoked?(result: InvocationResult, startedMs: number): void;
  /** Called when the log cannot be written, and when it can be again. */
  warn?(text: string): void;
}

export interface LambdaFunction {
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  readonly actor: Actor;
  /** Runs the handler on an event given as JSON text. Never rejects. Waits while all environments are busy. */
  invoke(payload: string): Promise<InvocationResult>;
  /** Ends every execution environment at once, even during an invocation; the next invocation is a cold start. */
  kill(how?: EnvironmentEnd): Promise<void>;
  /** Ends every environment for good; the log is on disk when this resolves. */
  stop(): Promise<void>;
}

export function openFunction(options: FunctionOptions): LambdaFunction {
  const { name, arn, codeDir, clock = systemClock } = options;
  const configuration = parseFunction(options.properties);
  const { runtime, memoryMb, timeoutMs, concurrency } = configuration;
  const variables = environmentOf(name, codeDir, configuration, options.environment, clock.now());
  const log = openLogFile(options.logFile, undefined, options.warn);
  const pool = new EnvironmentPool(concurrency, () => {
    log.line(`INIT_START Runtime Version: ${runtime} (here Node.js ${process.version})`);
    const onLine = (line: string) => {
      log.line(line);
      options.onLog?.(line);
    };
    return startEnvironment({ functionArn: arn, variables, memoryMb, timeoutMs, clock, onLine });
  });

  return {
    name,
    arn,
    roleArn: configuration.roleArn,
    actor: options.actor,
    async invoke(payload) {
      const requestId = randomUUID();
      const result = await pool.use(async (environment) => {
        log.line(`START RequestId: ${requestId} Version: $LATEST`);
        const startedMs = clock.now();
        const report = await environment.invoke(requestId, payload);
        options.onInvoked?.(report.result, startedMs);
        for (const line of reportLines(report, memoryMb, clock.now())) log.line(line);
        return report.result;
      });
      return result ?? stoppedResult(requestId);
    },
    kill: (how) => pool.kill(how),
    async stop() {
      await pool.stop();
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
