/** The function that API Gateway asks whose token it is. It may read one table, by a key. */
import { fileURLToPath } from 'node:url';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { Duration, Validations } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { expiringLogGroup } from '../parts/log-group.ts';
import { NOT_BUNDLED } from '../parts/not-bundled.ts';
import type { Config } from '../settings/config.ts';

const inProject = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

export function createAuthorizerFunction(scope: Construct, config: Config, tokens: Table): NodejsFunction {
  const logGroup = expiringLogGroup(scope, 'AuthorizerLogs', config);
  const role = new Role(scope, 'AuthorizerRole', {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    description: 'Streamwatch: looks up whose token it is',
  });
  const permissions = new Policy(scope, 'AuthorizerPermissions', {
    roles: [role],
    statements: [
      new PolicyStatement({
        sid: 'FindToken',
        actions: ['dynamodb:GetItem'],
        resources: [tokens.tableArn],
      }),
      new PolicyStatement({
        sid: 'WriteLogs',
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
    ],
  });
  const handler = new NodejsFunction(scope, 'Authorizer', {
    description: 'Says whose token it is; asked every few minutes, not for each request',
    entry: inProject('services/authorizer/handler.ts'),
    handler: 'handler',
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: 256,
    timeout: Duration.seconds(5),
    role: role.withoutPolicyUpdates(),
    logGroup,
    environment: { TOKENS_TABLE_NAME: tokens.tableName },
    awsSdkConnectionReuse: false,
    projectRoot: inProject(''),
    depsLockFilePath: inProject('package-lock.json'),
    bundling: {
      ...{ format: OutputFormat.ESM, minify: true, bundleAwsSDK: true, externalModules: NOT_BUNDLED },
      mainFields: ['module', 'main'],
      banner: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
    },
  });
  handler.node.addDependency(permissions);
  const reason = 'Asked every few minutes and answers in milliseconds: nothing to trace';
  Validations.of(handler).acknowledge({ id: 'Serverless-LambdaTracing', reason });
  Validations.of(handler).acknowledge({
    id: 'Serverless-LambdaDLQ',
    reason: 'Called by API Gateway, which waits for the answer; a DLQ is for asynchronous calls',
  });
  return handler;
}
