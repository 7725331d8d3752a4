/** With the knob `extraFields`: the function that gathers fields which the contract does not know, for the lake. */
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { Duration, Stack, Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { expiringLogGroup } from './parts/log-group.ts';
import { nodeFunction } from './parts/node-function.ts';
import type { Config } from './settings/config.ts';

export class ExtraFields extends Construct {
  readonly transform: NodejsFunction;

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id);
    const logGroup = expiringLogGroup(this, 'Logs', config);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description:
        'Streamwatch extra fields: changes readings on their way into the lake, and writes its log',
    });
    const permissions = new Policy(this, 'Permissions', {
      roles: [role],
      statements: [
        new PolicyStatement({
          sid: 'WriteLogs',
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          resources: [logGroup.logGroupArn],
        }),
      ],
    });
    this.transform = nodeFunction(this, 'Transform', {
      description: 'Gathers the fields of a reading that have no column into the column extra',
      entry: 'services/extra-fields/handler.ts',
      memorySize: 512,
      // Firehose waits five minutes at most.
      timeout: Duration.minutes(1),
      // It calls nothing: there is nothing to trace.
      config: { ...config, tracing: 'off' },
      ...{ logGroup, role: role.withoutPolicyUpdates() },
      metricsNamespace: Stack.of(this).stackName,
    });
    this.transform.node.addDependency(permissions);
    Validations.of(this.transform).acknowledge({
      id: 'Serverless-LambdaDLQ',
      reason: 'Invoked by Firehose and waited for; what it fails on goes under the error prefix',
    });
    Validations.of(this.transform).acknowledge({
      id: 'Serverless-LambdaTracing',
      reason: 'It calls nothing: its duration in CloudWatch is all that there is to know',
    });
  }
}
