/** The target of the records. Its counts decide the final report and the exit code. */
import type { UserError } from '../../infra/cli/user-error.ts';
import type { PackedRecord } from '../wire.ts';

/** Readings and records are counted separately; `sent` = `acked` + `failed` + those in flight. */
export interface SinkCounts {
  readings: { sent: number; acked: number; failed: number };
  records: {
    sent: number;
    acked: number;
    failed: number;
    /** Entries sent again: all of `throttled` + `errors`, except those that were given up instead. */
    retried: number;
    /** Entries that the stream refused for its throughput limit, and that failed otherwise. */
    throttled: number;
    errors: number;
  };
  /** Bytes of acknowledged records, and the 25 KB units in which provisioned Kinesis bills them. */
  bytes: number;
  payloadUnits: number;
}

export const noCounts = (): SinkCounts => ({
  readings: { sent: 0, acked: 0, failed: 0 },
  records: { sent: 0, acked: 0, failed: 0, retried: 0, throttled: 0, errors: 0 },
  bytes: 0,
  payloadUnits: 0,
});

export interface Sink {
  readonly counts: SinkCounts;
  /** Accepts any record to send. Check `full` first, to be no faster than the other side. */
  push(record: PackedRecord): void;
  readonly full: boolean;
  /** Resolves when it is no longer full, or has failed for good. */
  whenWritable(): Promise<void>;
  /** Sends the records so far, without waiting for more. */
  flush(): void;
  /** The last reason why a record was not accepted, for the report. */
  readonly lastError: string | undefined;
  /** Why nothing can be sent any more, as a sentence for the user. */
  readonly fatal: UserError | undefined;
  /** Resolves when everything is acknowledged or given up; soon after `stop` has aborted. */
  close(stop?: AbortSignal): Promise<void>;
}

/** PUT payload unit of provisioned Kinesis streams: 25 KB, in bytes (AWS pricing). */
const PAYLOAD_UNIT_BYTES = 25 * 1024;

export function countSent(counts: SinkCounts, record: PackedRecord): void {
  counts.records.sent++;
  counts.readings.sent += record.lines;
}

export function countAcked(counts: SinkCounts, record: PackedRecord, bytes: number): void {
  counts.records.acked++;
  counts.readings.acked += record.lines;
  counts.bytes += bytes;
  counts.payloadUnits += Math.ceil(bytes / PAYLOAD_UNIT_BYTES);
}

export function countFailed(counts: SinkCounts, record: PackedRecord): void {
  counts.records.failed++;
  counts.readings.failed += record.lines;
}
