/**
 * What no retry can cure, as objects for the failure bucket. Pure. Readings are kept as Lambda keeps a batch that it
 * gives up (https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html), so that a redrive takes
 * them like any other.
 */
import type { KinesisStreamRecord } from 'aws-lambda';
import type { Alert } from '../contract/alert.ts';
import { formatTimestamp } from '../contract/reading.ts';
import type { Task } from './fold.ts';
import { groupBy } from './group.ts';
import { describeError } from './telemetry.ts';

/** A task that cannot be done. */
export interface Undoable {
  task: Task;
  error: unknown;
}

export interface KeptObject {
  key: string;
  body: string;
}

/** Under which the objects are: the detector may write there, and nowhere else. */
const PREFIX = 'set-aside/';

/** One object for each site: the whole records, byte for byte, and whom in them it is about. */
export function keptReadings(
  undoable: readonly Undoable[],
  records: readonly KinesisStreamRecord[],
  requestId: string,
  nowMs: number,
): (KeptObject & { siteId: string })[] {
  return groupBy(undoable, ({ task }) => task.before.siteId).map(([siteId, of]) => {
    const sequences = new Set(
      of.flatMap(({ task }) => task.observations.map(({ position }) => position.sequence)),
    );
    const kept = records.filter(({ kinesis }) => sequences.has(kinesis.sequenceNumber));
    const [first, last] = [kept[0], kept.at(-1)] as [KinesisStreamRecord, KinesisStreamRecord];
    const shardId = first.eventID.split(':', 1)[0] ?? '';
    const start = first.kinesis.sequenceNumber;
    const body = {
      requestContext: { requestId, condition: 'SetAside', approximateInvokeCount: 1 },
      responseContext: { functionError: describeError(of[0]?.error) },
      version: '1.0',
      timestamp: formatTimestamp(nowMs),
      KinesisBatchInfo: {
        shardId,
        startSequenceNumber: start,
        endSequenceNumber: last.kinesis.sequenceNumber,
        approximateArrivalOfFirstRecord: arrivalOf(first),
        approximateArrivalOfLastRecord: arrivalOf(last),
        batchSize: kept.length,
        streamArn: first.eventSourceARN,
      },
      setAside: of.map(({ task: { before, observations }, error }) => ({
        site_id: siteId,
        device_id: before.deviceId,
        rule: before.rule,
        readings: observations.length,
        reason: describeError(error),
      })),
      payload: JSON.stringify({ Records: kept }),
    };
    return { siteId, key: `${PREFIX}${shardId}/${start}-${siteId}.json`, body: JSON.stringify(body) };
  });
}

/** Alerts that the topic will never take. */
export function keptAlerts(alerts: readonly Alert[], error: unknown, nowMs: number): KeptObject {
  const body = { timestamp: formatTimestamp(nowMs), reason: describeError(error), alerts };
  return { key: `${PREFIX}alerts/${alerts[0]?.notification_id}.json`, body: JSON.stringify(body) };
}

const arrivalOf = ({ kinesis }: KinesisStreamRecord) =>
  formatTimestamp(kinesis.approximateArrivalTimestamp * 1000);
