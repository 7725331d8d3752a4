/** Policies by their ARNs: the template's own, and those of AWS that roles often have. */
import { z } from 'zod';
import type { StackResource } from '../stack/intrinsics.ts';
import { identityDocument, type Statement } from './document.ts';
import { ofResource } from './of-resource.ts';

const LOGS = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'];

/** https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html */
const OF_AWS: Record<string, string[]> = {
  'service-role/AWSLambdaBasicExecutionRole': LOGS,
  'service-role/AWSLambdaKinesisExecutionRole': [
    ...['kinesis:DescribeStream', 'kinesis:DescribeStreamSummary', 'kinesis:GetRecords'],
    ...['kinesis:GetShardIterator', 'kinesis:ListShards', 'kinesis:ListStreams', 'kinesis:SubscribeToShard'],
    ...LOGS,
  ],
  'service-role/AWSLambdaSQSQueueExecutionRole': [
    ...['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
    ...LOGS,
  ],
  'service-role/AmazonAPIGatewayPushToCloudWatchLogs': [
    ...['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:DescribeLogGroups', 'logs:DescribeLogStreams'],
    ...['logs:PutLogEvents', 'logs:GetLogEvents', 'logs:FilterLogEvents'],
  ],
  AWSXRayDaemonWriteAccess: [
    ...['xray:PutTraceSegments', 'xray:PutTelemetryRecords', 'xray:GetSamplingRules'],
    ...['xray:GetSamplingTargets', 'xray:GetSamplingStatisticSummaries'],
  ],
  AdministratorAccess: ['*'],
};

/** ARN → statements. */
export function managedPolicies(resources: readonly StackResource[]): Map<string, Statement[]> {
  const policies = new Map<string, Statement[]>();
  for (const [path, Action] of Object.entries(OF_AWS)) {
    const Statement = { Effect: 'Allow', Action, Resource: '*' };
    policies.set(`arn:aws:iam::aws:policy/${path}`, identityDocument.parse({ Statement }));
  }
  const schema = z.object({ PolicyDocument: identityDocument });
  for (const resource of resources.filter(({ type }) => type === 'AWS::IAM::ManagedPolicy')) {
    const { PolicyDocument } = ofResource(resource, () => schema.parse(resource.properties));
    policies.set(resource.arn, PolicyDocument);
  }
  return policies;
}
