/** What the pipeline's services measure in a minute, while all is well; a story changes parts of it. */

/** By `Namespace/Metric@owner`; undefined where the service sends no data point. */
export type Minute = Record<string, number | undefined>;

export interface Load {
  /** Records that arrive in a minute. */
  records: number;
  /** Alerts that are published in a minute. */
  alerts: number;
}

const some = (value: number) => (value > 0 ? value : undefined);

/** All metrics that the template's alarms read. Where nothing happens, most have no data point. */
export function healthy({ records, alerts }: Load): Minute {
  const runs = records > 0 ? 1 : undefined;
  const lines = records * 100;
  return {
    'AWS/Kinesis/IncomingRecords@stream': some(records),
    'AWS/Kinesis/WriteProvisionedThroughputExceeded@stream': records > 0 ? 0 : undefined,
    'AWS/Lambda/Invocations@detector': runs && 30,
    'AWS/Lambda/Errors@detector': runs && 0,
    'AWS/Lambda/IteratorAge@detector': runs && 800,
    'AWS/Lambda/Errors@watchdog': 0,
    'AWS/Lambda/Errors@transform': runs && 0,
    'AWS/ApiGateway/5XXError@http': runs && 0,
    'AWS/SQS/ApproximateNumberOfMessagesVisible@failedBatches': 0,
    'AWS/SQS/ApproximateNumberOfMessagesVisible@trustedFailures': 0,
    // The detector sends no zeros of anything else.
    'Streamwatch/Readings@detector': some(lines),
    'AWS/SNS/NumberOfMessagesPublished@alerts': some(alerts),
    'AWS/SNS/NumberOfNotificationsFailed@alerts': alerts > 0 ? 0 : undefined,
    'AWS/Firehose/DeliveryToS3.DataFreshness@readings': records > 0 ? 75 : undefined,
    'AWS/Firehose/DeliveryToS3.DataFreshness@alerts': alerts > 0 ? 75 : undefined,
  };
}

/** A fleet of a few sites, which sends and has an incident now and then. */
export const DAY: Load = { records: 600, alerts: 1 };

/** Part of a story: from a minute until before another, the services measure this instead. */
export interface Change {
  from: number;
  until: number;
  load?: Load;
  measured?: (minute: number) => Minute;
}

export function minuteOf(minute: number, load: (minute: number) => Load, changes: readonly Change[]): Minute {
  const now = changes.filter(({ from, until }) => minute >= from && minute < until);
  const loaded = now.find((change) => change.load)?.load ?? load(minute);
  return Object.assign(healthy(loaded), ...now.map(({ measured }) => measured?.(minute) ?? {}));
}
