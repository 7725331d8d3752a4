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
  models: Table;
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
const DAY_SECONDS = 86_400;

export type PipelineMetrics = ReturnType<typeof pipelineMetrics>;

export function pipelineMetrics(pipeline: Pipeline) {
  const { stream, detector, state, models, alertTopic, metricsNamespace } = pipeline;
  const of =
    (namespace: string, dimensionsMap: Record<string, string>) =>
    (metricName: string, statistic: string, label?: string) =>
      new Metric({ namespace, metricName, dimensionsMap, statistic, label, period: MINUTE });

  const kinesis = of('AWS/Kinesis', { StreamName: stream.streamName });
  const lambda = of('AWS/Lambda', { FunctionName: detector.functionName });
  const ofWatchdog = of('AWS/Lambda', { FunctionName: pipeline.watchdog.functionName });
  const topic = of('AWS/SNS', { TopicName: alertTopic.topicName });
  const incomingRecords = kinesis('IncomingRecords', Stats.SUM);
  const published = topic('NumberOfMessagesPublished', Stats.SUM);
  const throttlesOf = (table: Table) => {
    const dynamo = of('AWS/DynamoDB', { TableName: table.tableName });
    const what = table === state ? 'State' : 'Models';
    return [
      dynamo('ReadThrottleEvents', Stats.SUM, `${what}: reads throttled`),
      dynamo('WriteThrottleEvents', Stats.SUM, `${what}: writes throttled`),
    ];
  };
  const athena = of('AWS/Athena', { WorkGroup: pipeline.workGroupName });
  const httpApi =
    pipeline.httpApiName === undefined ? undefined : of('AWS/ApiGateway', { ApiName: pipeline.httpApiName });
  const own = of(metricsNamespace, METRICS_DIMENSION);
  const detectorMetric = (name: DetectorMetric) => own(name, Stats.SUM);
  const waiting = (queue: Queue, label: string) =>
    of('AWS/SQS', { QueueName: queue.queueName })(
      'ApproximateNumberOfMessagesVisible',
      Stats.MAXIMUM,
      label,
    ).with({ period: FIVE_MINUTES });
  /** @param incoming what of it should arrive, measured before Firehose */
  const delivery = (deliveryStream: DeliveryStream, what: string, incoming: Metric) => {
    const firehose = of('AWS/Firehose', { DeliveryStreamName: deliveryStream.deliveryStreamName });
    return {
      freshness: firehose('DeliveryToS3.DataFreshness', Stats.MAXIMUM, `${what}: age of the oldest, s`),
      records: firehose('DeliveryToS3.Records', Stats.SUM, `${what}: delivered`),
      conversionFailures: firehose('FailedConversion.Records', Stats.SUM, `${what}: not converted`).with({
        period: FIVE_MINUTES,
      }),
      objects: firehose('DeliveryToS3.ObjectCount', Stats.SUM, `${what}: files`),
      lateness: new MathExpression({
        // Firehose sends no freshness while it delivers nothing at all, or cannot even read: that counts as a day.
        expression: `IF(incoming > 0 AND incoming * 0 + FILL(freshness, 0) < 1, ${DAY_SECONDS}, freshness)`,
        usingMetrics: {
          incoming: incoming.with({ period: FIVE_MINUTES }),
          freshness: firehose('DeliveryToS3.DataFreshness', Stats.MAXIMUM).with({ period: FIVE_MINUTES }),
        },
        label: `${what}: how late, s`,
        // Firehose sends its metrics every five minutes.
        period: FIVE_MINUTES,
      }),
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
      incomingRecords,
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
        // The sum with `incoming` is 0 where a function that never ran has no metric, whatever FILL makes of that.
        expression: 'IF(incoming > 0 AND incoming * 0 + FILL(invocations, 0) < 1, 1, 0)',
        usingMetrics: {
          incoming: incomingRecords.with({ period: FIVE_MINUTES }),
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
      throttles: [state, models].flatMap((table) => throttlesOf(table)),
    },
    messages: {
      published,
      delivered: topic('NumberOfNotificationsDelivered', Stats.SUM),
      undelivered: topic('NumberOfNotificationsFailed', Stats.SUM).with({ period: FIVE_MINUTES }),
      refused: detectorMetric('NotificationFailures'),
    },
    delivery: {
      readings: delivery(pipeline.readingsDelivery, 'Readings', incomingRecords),
      alerts: delivery(pipeline.alertsDelivery, 'Alerts', published),
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
