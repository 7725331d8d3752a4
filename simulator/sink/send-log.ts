/**
 * The outcome of every record, as NDJSON: the producer's side of the ledger. It is read from the bytes that were sent,
 * so that it cannot differ from them.
 */
import { isReading } from '../../services/contract/reading.ts';
import type { SettledListener } from './put-records.ts';

/** One line: `readings` maps each device to the `seq` of its readings in the record, duplicates included. */
export interface SendLogEntry {
  status: 'acked' | 'failed';
  site_id: string;
  /** Of the record on the stream; absent when it was given up. */
  sequence_number?: string;
  shard_id?: string;
  readings: Record<string, number[]>;
  /** Number of lines that are not readings, made by `--malformed`. */
  malformed: number;
}

/** A listener that writes an entry for every settled record. */
export const sendLog =
  (write: (entry: SendLogEntry) => void): SettledListener =>
  (record, result) => {
    const readings: Record<string, number[]> = {};
    let malformed = 0;
    for (const line of record.text.split('\n')) {
      const value = parse(line);
      if (isReading(value)) {
        readings[value.device_id] ??= [];
        readings[value.device_id]?.push(value.seq);
      } else {
        malformed++;
      }
    }
    const acked = result.outcome === 'acked';
    write({
      status: acked ? 'acked' : 'failed',
      site_id: record.siteId,
      ...(acked && { sequence_number: result.sequenceNumber, shard_id: result.shardId }),
      readings,
      malformed,
    });
  };

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
