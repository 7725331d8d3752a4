/** Functions, and what invokes them: https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html */
import { z } from 'zod';
import { arnOf } from '../stack/identities.ts';
import type { StackResource } from '../stack/intrinsics.ts';
import { destinationActions, type Looked, type NeedsOf, type StackNeed, withRole } from './stack-need.ts';

const DOCS = 'https://docs.aws.amazon.com/lambda/latest/dg';
const FUNCTION = 'AWS::Lambda::Function';

const functionSchema = z.object({
  Role: z.string(),
  LoggingConfig: z.object({ LogGroup: z.string().optional() }).optional(),
  TracingConfig: z.object({ Mode: z.string() }).optional(),
});
const destination = z
  .object({ OnFailure: z.object({ Destination: z.string().optional() }).optional() })
  .optional();
const mappingSchema = z.object({
  ...{ EventSourceArn: z.string(), FunctionName: z.string(), DestinationConfig: destination },
});
const invokeSchema = z.object({ FunctionName: z.string(), DestinationConfig: destination });

/** https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaKinesisExecutionRole.html */
const READ_STREAM = [
  'DescribeStream',
  'DescribeStreamSummary',
  'GetRecords',
  'GetShardIterator',
  'ListShards',
];

/** Of a consumer with enhanced fan-out. */
const BE_PUSHED = ['DescribeStreamConsumer', 'SubscribeToShard'];

function ofFunction({ logicalId, ref, arn, properties }: StackResource): StackNeed[] {
  const { Role: roleArn, LoggingConfig, TracingConfig } = functionSchema.parse(properties);
  const group = arnOf('logs', `log-group:${LoggingConfig?.LogGroup ?? `/aws/lambda/${ref}`}:log-stream:x`);
  const traces = ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'];
  return withRole(logicalId, { roleArn, service: 'lambda', source: arn }, [
    [['logs:CreateLogStream', 'logs:PutLogEvents'], [group], `${DOCS}/monitoring-cloudwatchlogs.html`],
    ...(TracingConfig?.Mode === 'Active' ? [[traces, ['*'], `${DOCS}/services-xray.html`] as const] : []),
  ]);
}

/** Undefined for a function that the template does not have. */
function roleOf(
  name: string,
  stack: Looked,
): { roleArn: string; service: string; source: string } | undefined {
  const fn = stack.find(FUNCTION, name);
  return fn && { roleArn: functionSchema.parse(fn.properties).Role, service: 'lambda', source: fn.arn };
}

const ofMapping: NeedsOf = ({ logicalId, properties }, stack) => {
  const { EventSourceArn: source, FunctionName, DestinationConfig } = mappingSchema.parse(properties);
  const use = roleOf(FunctionName, stack);
  if (!use || !source.includes(':kinesis:')) return [];
  const [streamArn = source] = source.split('/consumer/');
  const failed = DestinationConfig?.OnFailure?.Destination;
  const inDocument = `${DOCS}/kinesis-on-failure-destination.html`;
  return withRole(logicalId, use, [
    [READ_STREAM.map((name) => `kinesis:${name}`), [streamArn], `${DOCS}/services-kinesis-create.html`],
    ...(streamArn === source
      ? []
      : [
          [
            BE_PUSHED.map((name) => `kinesis:${name}`),
            [source],
            `${DOCS}/services-kinesis-create.html`,
          ] as const,
        ]),
    ...(failed === undefined
      ? []
      : failed.startsWith('arn:aws:s3:::')
        ? [
            [['s3:PutObject'], [`${failed}/aws/lambda/x`], inDocument] as const,
            [['s3:ListBucket'], [failed], inDocument] as const,
          ]
        : [[destinationActions(failed), [failed], inDocument] as const]),
  ]);
};

const ofAsynchronous: NeedsOf = ({ logicalId, properties }, stack) => {
  const { FunctionName, DestinationConfig } = invokeSchema.parse(properties);
  const use = roleOf(FunctionName, stack);
  const failed = DestinationConfig?.OnFailure?.Destination;
  if (!use || failed === undefined) return [];
  const document = `${DOCS}/invocation-async-retain-records.html`;
  return withRole(logicalId, use, [[destinationActions(failed), [failed], document]]);
};

export const FUNCTION_NEEDS: Readonly<Record<string, NeedsOf>> = {
  [FUNCTION]: ofFunction,
  'AWS::Lambda::EventSourceMapping': ofMapping,
  'AWS::Lambda::EventInvokeConfig': ofAsynchronous,
};
