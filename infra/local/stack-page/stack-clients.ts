/** The clients of AWS with which the page looks at a stack. */
import { AthenaClient } from '@aws-sdk/client-athena';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { SNSClient } from '@aws-sdk/client-sns';
import { clientOptions } from '../../cli/client-options.ts';
import type { StackOutputs } from '../../cli/outputs.ts';

export function openClients(outputs: StackOutputs) {
  const options = clientOptions(outputs);
  const clients = {
    dynamo: new DynamoDBClient(options),
    athena: new AthenaClient(options),
    cloudformation: new CloudFormationClient(options),
    cloudwatch: new CloudWatchClient(options),
    // Refused reads are waited for here, where others are let go first.
    kinesis: new KinesisClient({ ...options, maxAttempts: 1 }),
    sns: new SNSClient(options),
  };
  return {
    ...clients,
    close() {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}
