/** What may happen to the pipeline, and which alarms must ring for it: these, in time, and no others. */
import { type Change, DAY, type Load, type Minute } from './pipeline.ts';

export interface Told {
  what: string;
  /** Of the fleet; by default that of a healthy day. */
  load?: (minute: number) => Load;
  changes?: readonly Change[];
  /** Alarm → minutes from the beginning of the trouble until it has rung. */
  rings: Record<string, number>;
  /** When the trouble begins. */
  from?: number;
}

const FROM = 60;
const UNTIL = 120;
const NOBODY: Load = { records: 0, alerts: 0 };
const MINUTE_MS = 60_000;

const trouble = (measured: (minute: number) => Minute, from = FROM, until = UNTIL): Change => ({
  ...{ from, until, measured },
});
const constant = (minute: Minute, from = FROM, until = UNTIL) => trouble(() => minute, from, until);
const once = (minute: Minute) => constant(minute, FROM, FROM + 1);

/** As long as the detector does not run, none of its metrics is sent. */
const NO_DETECTOR: Minute = {
  'AWS/Lambda/Invocations@detector': undefined,
  'AWS/Lambda/Errors@detector': undefined,
  'AWS/Lambda/IteratorAge@detector': undefined,
  'Streamwatch/Readings@detector': undefined,
  'Streamwatch/MalformedLines@detector': undefined,
  'Streamwatch/NotEvaluated@detector': undefined,
  'Streamwatch/ReadingsSetAside@detector': undefined,
  'Streamwatch/NotificationFailures@detector': undefined,
  'AWS/SNS/NumberOfMessagesPublished@alerts': undefined,
  'AWS/SNS/NumberOfNotificationsFailed@alerts': undefined,
  'AWS/Firehose/DeliveryToS3.DataFreshness@alerts': undefined,
};
/** Nothing is taken from the stream: what is behind grows by a minute a minute. */
const behind = (minute: number): Minute => ({
  'AWS/Lambda/IteratorAge@detector': (minute - FROM) * MINUTE_MS,
});
const catchesUp: Change = constant({ 'AWS/Lambda/IteratorAge@detector': 40 * MINUTE_MS }, UNTIL, UNTIL + 8);
const FRESHNESS = 'AWS/Firehose/DeliveryToS3.DataFreshness';
const freshness = (of: 'readings' | 'alerts') => (minute: number) => ({
  [`${FRESHNESS}@${of}`]: (minute - FROM) * 60,
});
/** Every so many minutes; delivered in the minute after. */
const every = (minutes: number, load: Load) => ({
  load: (minute: number) => (minute % minutes === 0 ? load : NOBODY),
  delivered: (minute: number): Minute => {
    const after = minute % minutes === 1;
    return {
      [`${FRESHNESS}@readings`]: after && load.records > 0 ? 75 : undefined,
      [`${FRESHNESS}@alerts`]: after && load.alerts > 0 ? 75 : undefined,
    };
  },
});
const trickle = every(7, { records: 1, alerts: 0 });
const QUIET: Load = { records: 3, alerts: 0 };
const ALL_DAY = 10_000;

export const CALM: Told[] = [
  { what: 'a healthy day', rings: {} },
  { what: 'a quiet night', load: () => QUIET, rings: {} },
  {
    ...{ what: 'a trickle: one record in seven minutes', load: trickle.load, rings: {} },
    changes: [trouble(trickle.delivered, 0, ALL_DAY)],
  },
  ...[4, 9, 11, 35].map((minutes) => {
    const { load, delivered } = every(minutes, { records: 0, alerts: 3 });
    return {
      ...{ what: `alerts every ${minutes} minutes`, rings: {} },
      load: (minute: number) => ({ ...DAY, alerts: load(minute).alerts }),
      changes: [
        trouble(
          (minute) => {
            const { [`${FRESHNESS}@alerts`]: after } = delivered(minute);
            return { [`${FRESHNESS}@alerts`]: after };
          },
          0,
          ALL_DAY,
        ),
      ],
    };
  }),
  { what: 'the first hours after a deployment, without a fleet', load: () => NOBODY, rings: {} },
  {
    what: 'the first hours after a deployment, with a fleet that comes after twenty minutes',
    load: (minute) => (minute < 20 ? NOBODY : DAY),
    rings: {},
  },
  {
    what: 'a deployment of a new version: two minutes without an invocation, and a batch of errors',
    changes: [
      constant(NO_DETECTOR, FROM, FROM + 2),
      constant({ 'AWS/Lambda/Errors@detector': 4 }, FROM + 2, FROM + 3),
    ],
    rings: {},
  },
  {
    what: 'one bad line in a thousand',
    changes: [constant({ 'Streamwatch/MalformedLines@detector': 60 })],
    rings: {},
  },
];

export const TROUBLE: Told[] = [
  {
    what: 'the whole fleet stops, and comes back',
    changes: [{ from: FROM, until: UNTIL, load: NOBODY }],
    rings: { NothingArrives: 25 },
  },
  {
    what: 'a trickle stops',
    load: (minute) => (minute < FROM ? trickle.load(minute) : NOBODY),
    changes: [trouble(trickle.delivered, 0, FROM)],
    rings: { NothingArrives: 25 },
  },
  {
    what: 'the shards are full',
    changes: [constant({ 'AWS/Kinesis/WriteProvisionedThroughputExceeded@stream': 50 })],
    rings: { StreamWriteThrottled: 5 },
  },
  {
    what: 'the HTTP API fails',
    changes: [constant({ 'AWS/ApiGateway/5XXError@http': 9 })],
    rings: { HttpApiFails: 5 },
  },
  {
    what: 'the trigger is disabled, or Lambda throttles every invocation',
    changes: [constant(NO_DETECTOR), catchesUp],
    rings: { DetectorIdle: 12, IteratorAge: 66 },
  },
  {
    what: 'the detector has never run since it was deployed',
    changes: [constant(NO_DETECTOR, 0, ALL_DAY)],
    rings: { DetectorIdle: 12 },
    from: 0,
  },
  {
    what: 'the detector crashes in every invocation',
    changes: [
      constant({ ...NO_DETECTOR, 'AWS/Lambda/Invocations@detector': 9, 'AWS/Lambda/Errors@detector': 9 }),
      trouble(behind),
      catchesUp,
    ],
    rings: { DetectorErrors: 5, IteratorAge: 10 },
  },
  {
    what: 'DynamoDB throttles the state table or the models, or Lambda throttles in part: the detector falls behind',
    changes: [trouble(behind), catchesUp],
    rings: { IteratorAge: 10 },
  },
  {
    what: 'the watchdog fails',
    changes: [constant({ 'AWS/Lambda/Errors@watchdog': 1 })],
    rings: { WatchdogErrors: 5 },
  },
  {
    what: 'the watchdog does not run',
    changes: [constant({ 'AWS/Lambda/Errors@watchdog': undefined })],
    rings: { WatchdogErrors: 9 },
  },
  {
    what: 'a batch is given up, and purged an hour later',
    changes: [constant({ 'AWS/SQS/ApproximateNumberOfMessagesVisible@failedBatches': 1 })],
    rings: { BatchGivenUp: 3 },
  },
  {
    what: 'one batch cannot be kept in the failure bucket',
    changes: [once({ 'AWS/Lambda/DestinationDeliveryFailures@detector': 1 })],
    rings: { FailuresNotKept: 3 },
  },
  {
    what: 'readings are set aside, once',
    changes: [once({ 'Streamwatch/ReadingsSetAside@detector': 3 })],
    rings: { ReadingsSetAside: 4 },
  },
  {
    what: 'one reading in ten is late',
    changes: [constant({ 'Streamwatch/NotEvaluated@detector': 6000 })],
    rings: { ReadingsNotEvaluated: 20 },
  },
  {
    what: 'one line in fifty is malformed',
    changes: [
      constant({ 'Streamwatch/MalformedLines@detector': 1200, 'Streamwatch/NotEvaluated@detector': 1200 }),
    ],
    rings: { MalformedReadings: 20 },
  },
  {
    what: 'a quiet fleet in which every line is malformed',
    load: () => QUIET,
    changes: [
      constant({
        ...{ 'Streamwatch/Readings@detector': undefined },
        ...{ 'Streamwatch/MalformedLines@detector': 300, 'Streamwatch/NotEvaluated@detector': 300 },
      }),
    ],
    rings: { MalformedReadings: 20, ReadingsNotEvaluated: 20 },
  },
  {
    what: 'the topic refuses alerts',
    changes: [
      constant({
        'Streamwatch/NotificationFailures@detector': 5,
        'AWS/SNS/NumberOfMessagesPublished@alerts': undefined,
        [`${FRESHNESS}@alerts`]: undefined,
      }),
    ],
    rings: { AlertsNotPublished: 6 },
  },
  {
    what: 'a channel refuses one alert: three attempts within four minutes',
    changes: [0, 1, 3].map((after) =>
      constant({ 'Streamwatch/NotificationFailures@detector': 1 }, FROM + after, FROM + after + 1),
    ),
    rings: { AlertsNotPublished: 7 },
  },
  {
    what: 'SNS cannot deliver one alert',
    changes: [once({ 'AWS/SNS/NumberOfNotificationsFailed@alerts': 1 })],
    rings: { AlertsNotDelivered: 6 },
  },
  ...[
    { of: 'readings', alarm: 'ReadingsDeliveryLate' } as const,
    { of: 'alerts', alarm: 'AlertsDeliveryLate' } as const,
  ].flatMap(({ of, alarm }): Told[] => [
    {
      what: `the bucket refuses ${of}: Firehose tries again and again`,
      changes: [trouble(freshness(of))],
      rings: { [alarm]: 30 },
    },
    {
      what: `delivery of ${of} is blocked altogether: Firehose sends no freshness`,
      changes: [constant({ [`${FRESHNESS}@${of}`]: undefined })],
      rings: { [alarm]: 20 },
    },
  ]),
  {
    what: 'delivery of readings has been blocked since the deployment',
    changes: [constant({ [`${FRESHNESS}@readings`]: undefined }, 0, ALL_DAY)],
    rings: { ReadingsDeliveryLate: 20 },
    from: 0,
  },
  {
    what: 'readings do not fit their columns',
    changes: [constant({ 'AWS/Firehose/FailedConversion.Records@readings': 4 })],
    rings: { ReadingsNotConverted: 25 },
  },
  {
    what: 'alerts do not fit their columns',
    changes: [constant({ 'AWS/Firehose/FailedConversion.Records@alerts': 1 })],
    rings: { AlertsNotConverted: 25 },
  },
  {
    what: 'the function for extra fields fails',
    changes: [constant({ 'AWS/Lambda/Errors@transform': 2 })],
    rings: { ExtraFieldsFailed: 5 },
  },
  {
    what: 'a statement of the trusted layer fails',
    changes: [constant({ 'AWS/SQS/ApproximateNumberOfMessagesVisible@trustedFailures': 1 })],
    rings: { TrustedLayerFailed: 3 },
  },
];
export const TROUBLE_FROM = FROM;
