/** The metrics of every part for alarms and dashboard: CloudWatch's names, with this stack's dimensions. */
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Stream } from 'aws-cdk-lib/aws-kinesis';
import type { DeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Duration } from 'aws-cdk-lib/core';
import { type DetectorMetric, METRICS_DIMENSION } from '../../../services/contract/detector-metrics.ts';

export interface Pipeline {
  stream: Stream;
  detector: IFunction;
  watchdog: IFunction;
  state: Table;
  alertTopic: Topic;
  readingsDelivery: DeliveryStream;
  alertsDelivery: DeliveryStream;
  /** Of readings on their way into the lake; undefined where they go as they come. */
  transform: IFunction | undefined;
  failedBatches: Queue;
  trustedFailures: Queue;
  workGroupName: string;
  /** Where the detector publishes its own metrics. */
  metricsNamespace: string;
  /** Of the API for sites without a gateway; undefined where there is none. */
  httpApiName?: string | undefined;
}

const MINUTE = Duration.minutes(1);
const FIVE_MINUTES = Duration.minutes(5);

export type PipelineMetrics = ReturnType<typeof pipelineMetrics>;

export function pipelineMetrics(pipeline: Pipeline) {
  const { stream, detector, state, alertTopic, metricsNamespace } = pipeline;
  const of =
    (namespace: string, dimensionsMap: Record<string, string>) =>
    (metricName: string, statistic: string, label?: string) =>
      new Metric({ namespace, metricName, dimensionsMap, statistic, label, period: MINUTE });

  const kinesis = of('AWS/Kinesis', { StreamName: stream.streamName });
  const lambda = of('AWS/Lambda', { FunctionName: detector.functionName });
  const ofWatchdog = of('AWS/Lambda', { FunctionName: pipeline.watchdog.functionName });
  const table = of('AWS/DynamoDB', { TableName: state.tableName });
  const topic = of('AWS/SNS', { TopicName: alertTopic.topicName });
  const athena = of('AWS/Athena', { WorkGroup: pipeline.workGroupName });
  const httpApi =
    pipeline.httpApiName === undefined ? undefined : of('AWS/ApiGateway', { ApiName: pipeline.httpApiName });
  const own = of(metricsNamespace, METRICS_DIMENSION);
  const detectorMetric = (name: DetectorMetric, statistic: string = Stats.SUM) => own(name, statistic);
  const waiting = (queue: Queue, label: string) =>
    of('AWS/SQS', { QueueName: queue.queueName })(
      'ApproximateNumberOfMessagesVisible',
      Stats.MAXIMUM,
      label,
    ).with({ period: FIVE_MINUTES });
  const delivery = (deliveryStream: DeliveryStream, what: string) => {
    const firehose = of('AWS/Firehose', { DeliveryStreamName: deliveryStream.deliveryStreamName });
    return {
      freshness: firehose('DeliveryToS3.DataFreshness', Stats.MAXIMUM, `${what}: age of the oldest, s`),
      records: firehose('DeliveryToS3.Records', Stats.SUM, `${what}: delivered`),
      conversionFailures: firehose('FailedConversion.Records', Stats.SUM, `${what}: not converted`).with({
        period: FIVE_MINUTES,
      }),
      objects: firehose('DeliveryToS3.ObjectCount', Stats.SUM, `${what}: files`),
    };
  };

  return {
    edge: {
      // Of all role aliases of the account: it has no dimension.
      exchanges: of('AWS/IoT', {})('CredentialExchangeSuccess', Stats.SUM, 'Credentials given to gateways'),
    },
    transform: pipeline.transform && {
      errors: of('AWS/Lambda', { FunctionName: pipeline.transform.functionName })('Errors', Stats.SUM),
    },
    stream: {
      incomingRecords: kinesis('IncomingRecords', Stats.SUM),
      incomingBytes: kinesis('IncomingBytes', Stats.SUM),
      writeThrottles: kinesis('WriteProvisionedThroughputExceeded', Stats.SUM),
    },
    detector: {
      iteratorAge: lambda('IteratorAge', Stats.MAXIMUM),
      invocations: lambda('Invocations', Stats.SUM),
      errors: lambda('Errors', Stats.SUM),
      throttles: lambda('Throttles', Stats.SUM),
      duration: lambda('Duration', Stats.p(99), 'Duration p99'),
      failuresNotKept: lambda('DestinationDeliveryFailures', Stats.SUM),
      batchesGivenUp: waiting(pipeline.failedBatches, 'Batches given up'),
      idle: new MathExpression({
        expression: 'IF(FILL(incoming, 0) > 0 AND FILL(invocations, 0) < 1, 1, 0)',
        usingMetrics: {
          incoming: kinesis('IncomingRecords', Stats.SUM).with({ period: FIVE_MINUTES }),
          invocations: lambda('Invocations', Stats.SUM).with({ period: FIVE_MINUTES }),
        },
        label: 'Records arrive, detector does not run',
        // No shorter than the longest batch window, during which there may be no invocation.
        period: FIVE_MINUTES,
      }),
    },
    watchdog: {
      invocations: ofWatchdog('Invocations', Stats.SUM, 'Watchdog: looks'),
      errors: ofWatchdog('Errors', Stats.SUM, 'Watchdog: errors'),
    },
    readings: {
      valid: detectorMetric('Readings'),
      malformed: detectorMetric('MalformedLines'),
      foreign: detectorMetric('ForeignReadings'),
      skewed: detectorMetric('SkewedReadings'),
      late: detectorMetric('LateReadings'),
      setBack: detectorMetric('ClockSetBack'),
      setAside: detectorMetric('ReadingsSetAside'),
      malformedPercent: new MathExpression({
        expression: '100 * FILL(malformed, 0) / (FILL(malformed, 0) + FILL(valid, 0))',
        usingMetrics: {
          malformed: detectorMetric('MalformedLines').with({ period: FIVE_MINUTES }),
          valid: detectorMetric('Readings').with({ period: FIVE_MINUTES }),
        },
        label: 'Malformed lines, %',
        period: FIVE_MINUTES,
      }),
      notEvaluatedPercent: new MathExpression({
        expression: '100 * FILL(left, 0) / (FILL(malformed, 0) + FILL(valid, 0))',
        usingMetrics: {
          // One metric instead of its parts: an alarm is billed for each that it reads.
          left: detectorMetric('NotEvaluated').with({ period: FIVE_MINUTES }),
          malformed: detectorMetric('MalformedLines').with({ period: FIVE_MINUTES }),
          valid: detectorMetric('Readings').with({ period: FIVE_MINUTES }),
        },
        label: 'Lines not evaluated, %',
        period: FIVE_MINUTES,
      }),
    },
    incidents: {
      opened: detectorMetric('IncidentsOpened'),
      resolved: detectorMetric('IncidentsResolved'),
      stateThrottles: new MathExpression({
        expression: 'FILL(reads, 0) + FILL(writes, 0)',
        usingMetrics: {
          reads: table('ReadThrottleEvents', Stats.SUM),
          writes: table('WriteThrottleEvents', Stats.SUM),
        },
        label: 'State table throttles',
        period: MINUTE,
      }),
    },
    messages: {
      published: topic('NumberOfMessagesPublished', Stats.SUM),
      delivered: topic('NumberOfNotificationsDelivered', Stats.SUM),
      undelivered: topic('NumberOfNotificationsFailed', Stats.SUM),
      refused: detectorMetric('NotificationFailures'),
    },
    delivery: {
      readings: delivery(pipeline.readingsDelivery, 'Readings'),
      alerts: delivery(pipeline.alertsDelivery, 'Alerts'),
    },
    trusted: {
      failures: waiting(pipeline.trustedFailures, 'Failures'),
    },
    http: httpApi && {
      requests: httpApi('Count', Stats.SUM, 'Requests'),
      refused: httpApi('4XXError', Stats.SUM, 'Refused: token, form, rate'),
      failed: httpApi('5XXError', Stats.SUM),
    },
    queries: { scannedBytes: athena('ProcessedBytes', Stats.SUM) },
  };
}
