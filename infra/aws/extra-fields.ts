/** With the knob `extraFields`: the function that gathers fields which the contract does not know, for the lake. */
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { Duration, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { acknowledge } from './parts/acknowledge.ts';
import { leastFunction } from './parts/least-function.ts';
import type { Config } from './settings/config.ts';

export class ExtraFields extends Construct {
  readonly transform: NodejsFunction;

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id);
    const { function: transform } = leastFunction(this, 'Transform', {
      roleDescription:
        'Streamwatch extra fields: changes readings on their way into the lake, and writes its log',
      statements: [],
      description: 'Gathers the fields of a reading that have no column into the column extra',
      entry: 'services/extra-fields/handler.ts',
      memorySize: 512,
      // Firehose waits five minutes at most.
      timeout: Duration.minutes(1),
      // It calls nothing: there is nothing to trace.
      config: { ...config, tracing: 'off' },
      metricsNamespace: Stack.of(this).stackName,
    });
    this.transform = transform;
    const waitedFor = 'Invoked by Firehose and waited for; what it fails on goes under the error prefix';
    acknowledge(transform, waitedFor, 'Serverless-LambdaDLQ');
    const untraced = 'It calls nothing: its duration in CloudWatch is all that there is to know';
    acknowledge(transform, untraced, 'Serverless-LambdaTracing');
  }
}
