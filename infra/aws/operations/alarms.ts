/** The alarms that are worth waking somebody for. Each has a heading of the same name in docs/operations.md. */
import type { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Duration } from 'aws-cdk-lib/core';
import type { Config } from '../settings/config.ts';
import type { PipelineMetrics } from './metrics.ts';

export interface AlarmDefinition {
  /** In CamelCase; its kebab-case is the runbook's heading. */
  id: string;
  /** One sentence for the person who gets the e-mail. */
  meaning: string;
  metric: Metric | MathExpression;
  /** The alarm goes off when the metric is *above* this (or below, where `below` is true)… */
  threshold: number;
  below?: true;
  /** …in this many periods… */
  periods: number;
  /** …of the last this many. */
  of: number;
  /**
   * The metric is always there while all is well: an alarm goes off, too, when it ends. It is silent before the metric is
   * there for the first time.
   */
  always?: true;
}

/** Alerts are about the present: a detector this far behind the devices is of little use. */
const MAX_ITERATOR_AGE_SECONDS = 300;
const MAX_MALFORMED_PERCENT = 1;
/** Of an uplink that loses its connection now and then, some readings are always late. */
const MAX_NOT_EVALUATED_PERCENT = 5;

export function alarmDefinitions(metrics: PipelineMetrics, config: Config): AlarmDefinition[] {
  const { http, stream, detector, watchdog, readings, messages, delivery, transform, trusted } = metrics;
  const any = { threshold: 0, periods: 1, of: 1 };
  const lasting = { threshold: 0, periods: 3, of: 5 };
  return [
    {
      id: 'NothingArrives',
      meaning: 'No readings arrive any more, from no site.',
      metric: stream.incomingRecords.with({ period: Duration.minutes(5) }),
      threshold: 1,
      below: true,
      periods: 2,
      of: 2,
      always: true,
    },
    {
      id: 'StreamWriteThrottled',
      meaning: 'The stream refuses readings: its shards are full.',
      metric: stream.writeThrottles,
      ...lasting,
    },
    ...(http
      ? [
          {
            id: 'HttpApiFails',
            meaning: 'The API for sites without a gateway answers with errors: their readings do not arrive.',
            metric: http.failed,
            ...lasting,
          },
        ]
      : []),
    {
      id: 'IteratorAge',
      meaning: 'The detector is behind: alerts come late. Throttling of Lambda or DynamoDB shows here first.',
      metric: detector.iteratorAge,
      // Well before records become too old to retry, and so before anything is given up.
      threshold:
        1000 *
        Math.min(MAX_ITERATOR_AGE_SECONDS, (config.maxRecordAgeSeconds || Number.POSITIVE_INFINITY) / 2),
      periods: 3,
      of: 5,
    },
    {
      id: 'DetectorIdle',
      meaning: 'Readings arrive, but the detector does not run: no alerts at all.',
      metric: detector.idle,
      threshold: 0,
      periods: 2,
      of: 2,
    },
    {
      id: 'DetectorErrors',
      meaning: 'Invocations of the detector fail.',
      metric: detector.errors,
      ...lasting,
    },
    {
      id: 'WatchdogErrors',
      meaning: 'The watchdog fails, or does not run: nobody is told of silent sites.',
      metric: watchdog.errors,
      ...lasting,
      always: true,
    },
    {
      id: 'BatchGivenUp',
      meaning: 'Readings went to the failure bucket, not evaluated. They wait there for a redrive.',
      metric: detector.batchesGivenUp,
      ...any,
    },
    {
      id: 'FailuresNotKept',
      meaning: 'Lambda cannot write to the failure bucket: what it gives up is not kept.',
      metric: detector.failuresNotKept,
      ...any,
    },
    {
      id: 'ReadingsSetAside',
      meaning: 'The detector set readings aside that no retry can help: they wait in the failure bucket.',
      metric: readings.setAside,
      ...any,
    },
    {
      id: 'ReadingsNotEvaluated',
      meaning: `More than ${MAX_NOT_EVALUATED_PERCENT} % of the lines are late, skewed, foreign or malformed: their devices may go unwatched.`,
      metric: readings.notEvaluatedPercent,
      threshold: MAX_NOT_EVALUATED_PERCENT,
      periods: 3,
      of: 3,
    },
    {
      id: 'MalformedReadings',
      meaning: `More than ${MAX_MALFORMED_PERCENT} % of the lines are not readings.`,
      metric: readings.malformedPercent,
      threshold: MAX_MALFORMED_PERCENT,
      periods: 3,
      of: 3,
    },
    {
      id: 'AlertsNotPublished',
      meaning:
        'The alert topic, or a channel such as PagerDuty, takes no alerts: somebody is not being told.',
      metric: messages.refused,
      ...lasting,
    },
    {
      id: 'AlertsNotDelivered',
      meaning: 'SNS could not deliver an alert to a subscriber.',
      metric: messages.undelivered,
      ...any,
    },
    ...[
      { what: 'Readings', part: delivery.readings },
      { what: 'Alerts', part: delivery.alerts },
    ].flatMap(({ what, part }) => [
      {
        id: `${what}DeliveryLate`,
        meaning: `${what} reach the lake late: queries miss the newest.`,
        metric: part.lateness,
        // Dynamic partitioning may take 1.5 times the buffer time; after twice that time plus five minutes, it is stuck.
        threshold: 2 * config.deliveryBufferSeconds + 300,
        // The newest periods may not have their metrics yet.
        periods: 3,
        of: 3,
      },
      {
        id: `${what}NotConverted`,
        meaning: `${what} do not fit their table's columns; they are in the error prefix.`,
        metric: part.conversionFailures,
        threshold: 0,
        periods: 3,
        of: 3,
      },
    ]),
    ...(transform
      ? [
          {
            id: 'ExtraFieldsFailed',
            meaning:
              'Readings do not pass the function for extra fields: they go under the error prefix, not into the lake.',
            metric: transform.errors,
            ...lasting,
          },
        ]
      : []),
    {
      id: 'TrustedLayerFailed',
      meaning: 'A job of the trusted layer failed: its newest readings, or its upkeep, are missing.',
      metric: trusted.failures,
      ...any,
    },
  ];
}
