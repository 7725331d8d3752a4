/** The function that API Gateway asks whose token it is. It may read one table, by a key. */
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { Duration, Stack, Validations } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { expiringLogGroup } from '../parts/log-group.ts';
import { nodeFunction } from '../parts/node-function.ts';
import type { Config } from '../settings/config.ts';

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
  const handler = nodeFunction(scope, 'Authorizer', {
    description: 'Says whose token it is; asked every few minutes, not for each request',
    entry: 'services/authorizer/handler.ts',
    memorySize: 256,
    timeout: Duration.seconds(5),
    // It answers in milliseconds, every few minutes: nothing to trace.
    config: { ...config, tracing: 'off' },
    ...{ logGroup, role: role.withoutPolicyUpdates() },
    metricsNamespace: Stack.of(scope).stackName,
    environment: { TOKENS_TABLE_NAME: tokens.tableName },
  });
  handler.node.addDependency(permissions);
  const reason = 'Nothing to trace: it answers in milliseconds, every few minutes';
  Validations.of(handler).acknowledge({ id: 'Serverless-LambdaTracing', reason });
  Validations.of(handler).acknowledge({
    id: 'Serverless-LambdaDLQ',
    reason: 'Called by API Gateway, which waits for the answer; a DLQ is for asynchronous calls',
  });
  return handler;
}
