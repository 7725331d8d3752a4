/** The properties of a function in the template, and the environment variables that follow from them. */
import { createRequire } from 'node:module';
import { delimiter } from 'node:path';
import { z } from 'zod';

export const functionProperties = z.object({
  Handler: z.string().regex(/^[^.].*\.[^.]+$/, 'Expected module.export, such as index.handler'),
  Runtime: z.string().startsWith('nodejs', 'Expected a Node.js runtime: no other one runs locally'),
  Role: z.string(),
  // The defaults of these two are Lambda's own.
  MemorySize: z.coerce.number().int().min(128).max(10_240).default(128),
  Timeout: z.coerce.number().int().min(1).max(900).default(3),
  Environment: z.object({ Variables: z.record(z.string(), z.coerce.string()).default({}) }).optional(),
  LoggingConfig: z.object({ LogGroup: z.string().optional() }).optional(),
  ReservedConcurrentExecutions: z.coerce.number().int().min(1).optional(),
});

export interface FunctionConfiguration {
  handler: string;
  runtime: string;
  roleArn: string;
  memoryMb: number;
  timeoutMs: number;
  variables: Record<string, string>;
  logGroup?: string;
  /** Concurrent invocations; further ones wait. */
  concurrency: number;
}

/** Enough for one invocation per shard and parallel batch of a small stream; each worker thread costs memory. */
const DEFAULT_CONCURRENCY = 16;

/** From the resolved properties of an `AWS::Lambda::Function`. */
export function parseFunction(resolved: unknown): FunctionConfiguration {
  const parsed = functionProperties.parse(resolved);
  return {
    handler: parsed.Handler,
    runtime: parsed.Runtime,
    roleArn: parsed.Role,
    memoryMb: parsed.MemorySize,
    timeoutMs: parsed.Timeout * 1000,
    variables: parsed.Environment?.Variables ?? {},
    logGroup: parsed.LoggingConfig?.LogGroup,
    concurrency: parsed.ReservedConcurrentExecutions ?? DEFAULT_CONCURRENCY,
  };
}

/** Lambda's runtime includes the AWS SDK, which `require` finds by NODE_PATH. Here it is the emulator's own. */
const RUNTIME_MODULES =
  createRequire(import.meta.url)
    .resolve.paths('@aws-sdk')
    ?.join(delimiter) ?? '';

/**
 * A function's whole environment: the template's variables, those that Lambda sets, and `extra` (endpoint, region,
 * credentials). None of this process' own variables.
 */
export function environmentOf(
  name: string,
  codeDir: string,
  configuration: FunctionConfiguration,
  extra: Record<string, string>,
  nowMs: number,
): Record<string, string> {
  const day = new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', '/');
  return {
    ...configuration.variables,
    PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
    LANG: 'en_US.UTF-8',
    NODE_PATH: RUNTIME_MODULES,
    TZ: ':UTC',
    LAMBDA_TASK_ROOT: codeDir,
    _HANDLER: configuration.handler,
    AWS_EXECUTION_ENV: `AWS_Lambda_${configuration.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(configuration.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: configuration.logGroup ?? `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `${day}/[$LATEST]local`,
    // The SDK would warn about this machine's Node.js, which is not the one that Lambda runs.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    ...extra,
  };
}
