/**
 * The metrics of AWS' own namespaces that services here measure, in AWS' names, dimensions and units. An alarm on any other
 * has no data here. What is in no namespace of AWS is measured by the application itself.
 */
import type { MetricId } from './metric.ts';

const EMULATED: Readonly<Record<string, { dimensions: readonly string[]; metrics: readonly string[] }>> = {
  'AWS/ApiGateway': { dimensions: ['ApiName'], metrics: ['Count', '4XXError', '5XXError', 'Latency'] },
  'AWS/Athena': { dimensions: ['WorkGroup'], metrics: ['ProcessedBytes', 'TotalExecutionTime'] },
  'AWS/DynamoDB': { dimensions: ['TableName'], metrics: ['ReadThrottleEvents', 'WriteThrottleEvents'] },
  'AWS/Firehose': {
    dimensions: ['DeliveryStreamName'],
    metrics: [
      ...[
        'DeliveryToS3.Bytes',
        'DeliveryToS3.DataFreshness',
        'DeliveryToS3.ObjectCount',
        'DeliveryToS3.Records',
      ],
      ...['DeliveryToS3.Success', 'FailedConversion.Records', 'IncomingBytes', 'IncomingRecords'],
      'SucceedConversion.Records',
    ],
  },
  'AWS/IoT': { dimensions: [], metrics: ['CredentialExchangeSuccess'] },
  'AWS/Kinesis': {
    dimensions: ['StreamName'],
    metrics: ['IncomingBytes', 'IncomingRecords', 'WriteProvisionedThroughputExceeded'],
  },
  'AWS/Lambda': {
    dimensions: ['FunctionName'],
    metrics: ['DestinationDeliveryFailures', 'Duration', 'Errors', 'Invocations', 'IteratorAge', 'Throttles'],
  },
  'AWS/SNS': {
    dimensions: ['TopicName'],
    metrics: [
      ...['NumberOfMessagesPublished', 'NumberOfNotificationsDelivered', 'NumberOfNotificationsFailed'],
      ...['NumberOfNotificationsRedrivenToDlq', 'NumberOfNotificationsFailedToRedriveToDlq'],
    ],
  },
  'AWS/SQS': { dimensions: ['QueueName'], metrics: ['ApproximateNumberOfMessagesVisible'] },
};

export function isMeasuredHere({ namespace, name, dimensions }: MetricId): boolean {
  if (!namespace.startsWith('AWS/')) return true;
  const known = EMULATED[namespace];
  return known?.metrics.includes(name) === true && known.dimensions.join() === Object.keys(dimensions).join();
}
