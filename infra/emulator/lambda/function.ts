/** One Lambda function: the template's own code, in processes of its own. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type Clock, systemClock } from '../base/clock.ts';
import type { InstalledNode } from '../base/installed-node.ts';
import type { Actor } from '../iam/service.ts';
import type { EnvironmentEnd } from './answer.ts';
import { parseFunction } from './configuration.ts';
import { EnvironmentPool } from './environment-pool.ts';
import { type ExecutionEnvironment, startEnvironment } from './execution-environment.ts';
import { openLogFile } from './log-file.ts';
import { reportLines } from './log-report.ts';
import { type NodeChoice, nodeFor } from './node-choice.ts';
import type { InvocationResult } from './result.ts';
import { variablesOf } from './variables.ts';

export type { EnvironmentEnd } from './answer.ts';
export type { Failure, InvocationResult } from './result.ts';

export interface FunctionOptions {
  name: string;
  arn: string;
  /** Resolved properties of the `AWS::Lambda::Function`. */
  properties: unknown;
  codeDir: string;
  /** What environments write to `/tmp` goes into folders in this one. */
  tmpRoot: string;
  /** Who it is for IAM: its role, in use by Lambda. */
  actor: Actor;
  /** Variables by which its SDK clients find the local services: endpoint, region, credentials. */
  environment: Record<string, string>;
  logFile: string;
  /** Besides the one that runs this process. */
  nodes?: readonly InstalledNode[];
  clock?: Clock;
  /** Called with each line that the function itself writes. Must not throw. */
  onLog?(line: string): void;
  /** Called when an invocation has ended; with when it began, on the wall clock. */
  onInvoked?(result: InvocationResult, startedMs: number): void;
  /** Called with what a person should know: a log that cannot be written, more in `/tmp` than there is room on AWS. */
  warn?(text: string): void;
}

export interface LambdaFunction {
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  readonly actor: Actor;
  /** Runs the handler on an event given as JSON. Never rejects. Waits while all environments are busy. */
  invoke(payload: string | Buffer): Promise<InvocationResult>;
  /** Ends every execution environment at once, even during an invocation; the next invocation is a cold start. */
  kill(how?: EnvironmentEnd): Promise<void>;
  /** Ends every environment for good; the log is on disk when this resolves. */
  stop(): Promise<void>;
}

export function openFunction(options: FunctionOptions): LambdaFunction {
  const { name, arn, clock = systemClock } = options;
  const configuration = parseFunction(options.properties);
  const node = nodeFor(configuration.runtime, options.nodes ?? []);
  const log = openLogFile(options.logFile, undefined, options.warn);
  const pool = new EnvironmentPool(configuration.concurrency, clock, start);

  function start(): ExecutionEnvironment {
    const id = randomUUID().replaceAll('-', '');
    log.line(`INIT_START Runtime Version: ${configuration.runtime} (here Node.js ${node.version})`);
    return startEnvironment({
      ...{ functionArn: arn, codeDir: options.codeDir, node: node.path, clock },
      memoryMb: configuration.memoryMb,
      timeoutMs: configuration.timeoutMs,
      storage: { folder: join(options.tmpRoot, id), bytes: configuration.storageBytes },
      variables: variables(id, node),
      onLine(line) {
        log.line(line);
        options.onLog?.(line);
      },
      warn: (text) => options.warn?.(`${name}: ${text}`),
    });
  }

  const variables = (id: string, { isDeployed }: NodeChoice) =>
    variablesOf({
      ...{ name, configuration, id, isDeployedNode: isDeployed },
      codeDir: options.codeDir,
      tmpDir: join(options.tmpRoot, id),
      clients: options.environment,
      nowMs: clock.now(),
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
        for (const line of reportLines(report, configuration.memoryMb, clock.now())) log.line(line);
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
