/** A function of ours: one bundle with its own SDK, on Node.js and ARM. */
import { fileURLToPath } from 'node:url';
import { Architecture, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, type NodejsFunctionProps, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Construct } from 'constructs';
import { METRICS_DIMENSION } from '../../../services/contract/detector-metrics.ts';
import type { Config } from '../settings/config.ts';
import { NOT_BUNDLED } from './not-bundled.ts';

export const inProject = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

export interface FunctionProps extends NodejsFunctionProps {
  config: Config;
  /** From the project's folder. */
  entry: string;
  metricsNamespace: string;
}

export function nodeFunction(scope: Construct, id: string, props: FunctionProps): NodejsFunction {
  const { config, entry, metricsNamespace, environment, ...others } = props;
  return new NodejsFunction(scope, id, {
    ...others,
    entry: inProject(entry),
    handler: 'handler',
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    tracing: config.tracing === 'on' ? Tracing.ACTIVE : Tracing.DISABLED,
    environment: {
      ...environment,
      POWERTOOLS_SERVICE_NAME: METRICS_DIMENSION.service,
      POWERTOOLS_METRICS_NAMESPACE: metricsNamespace,
      POWERTOOLS_LOG_LEVEL: config.logLevel,
    },
    // It would only set AWS_NODEJS_CONNECTION_REUSE_ENABLED, which SDK v3 does not read.
    awsSdkConnectionReuse: false,
    projectRoot: inProject(''),
    depsLockFilePath: inProject('package-lock.json'),
    bundling: {
      format: OutputFormat.ESM,
      minify: true,
      // The SDK that Lambda provides loads more than twice as slowly as the few files that we bundle.
      bundleAwsSDK: true,
      externalModules: NOT_BUNDLED,
      mainFields: ['module', 'main'],
      // Some dependencies are CommonJS and `require` Node's built-in modules.
      banner: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
    },
  });
}
