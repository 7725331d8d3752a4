/** The environment variables of a function: Lambda's, and the template's. */
import { createRequire } from 'node:module';
import { delimiter } from 'node:path';
import type { FunctionConfiguration } from './configuration.ts';

/** Lambda's runtime includes the AWS SDK, which `require` finds by NODE_PATH. Here it is the emulator's own. */
const RUNTIME_MODULES =
  createRequire(import.meta.url)
    .resolve.paths('@aws-sdk')
    ?.join(delimiter) ?? '';

export interface EnvironmentFacts {
  name: string;
  codeDir: string;
  configuration: FunctionConfiguration;
  /** Of the execution environment, in hexadecimal. */
  id: string;
  /** What stands for `/tmp`. */
  tmpDir: string;
  /** Endpoint, region and credentials. */
  clients: Record<string, string>;
  /** Whether it runs on the Node.js of its runtime. */
  isDeployedNode: boolean;
  nowMs: number;
}

/** A function's whole environment: none of this process' own variables. */
export function variablesOf(facts: EnvironmentFacts): Record<string, string> {
  const { name, codeDir, configuration, clients } = facts;
  const day = new Date(facts.nowMs).toISOString().slice(0, 10).replaceAll('-', '/');
  return {
    PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
    LANG: 'en_US.UTF-8',
    NODE_PATH: RUNTIME_MODULES,
    TZ: ':UTC',
    // On AWS, /tmp itself is the environment's own.
    TMPDIR: facts.tmpDir,
    // Nor is there a person with a ~/.aws, which the SDK would obey: endpoints, modes, regions.
    HOME: facts.tmpDir,
    // The SDK would warn about a Node.js that Lambda does not run.
    ...(facts.isDeployedNode ? {} : { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' }),
    ...configuration.variables,
    LAMBDA_TASK_ROOT: codeDir,
    LAMBDA_RUNTIME_DIR: '/var/runtime',
    _HANDLER: configuration.handler,
    AWS_EXECUTION_ENV: `AWS_Lambda_${configuration.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(configuration.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: configuration.logGroup ?? `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `${day}/[$LATEST]${facts.id}`,
    ...clients,
  };
}
