/** The function that API Gateway asks whose token it is. It may read one table, by a key. */
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { Duration, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { acknowledge } from '../parts/acknowledge.ts';
import { allow } from '../parts/allow.ts';
import { leastFunction } from '../parts/least-function.ts';
import type { Config } from '../settings/config.ts';

export function createAuthorizerFunction(scope: Construct, config: Config, tokens: Table): NodejsFunction {
  const { function: handler } = leastFunction(scope, 'Authorizer', {
    prefix: 'Authorizer',
    roleDescription: 'Streamwatch: looks up whose token it is',
    statements: [allow('FindToken', ['dynamodb:GetItem'], tokens.tableArn)],
    description: 'Says whose token it is; asked every few minutes, not for each request',
    entry: 'services/authorizer/handler.ts',
    memorySize: 256,
    timeout: Duration.seconds(5),
    // It answers in milliseconds, every few minutes: nothing to trace.
    config: { ...config, tracing: 'off' },
    metricsNamespace: Stack.of(scope).stackName,
    environment: { TOKENS_TABLE_NAME: tokens.tableName },
  });
  const untraced = 'Nothing to trace: it answers in milliseconds, every few minutes';
  acknowledge(handler, untraced, 'Serverless-LambdaTracing');
  const waitedFor = 'Called by API Gateway, which waits for the answer; a DLQ is for asynchronous calls';
  acknowledge(handler, waitedFor, 'Serverless-LambdaDLQ');
  return handler;
}
