/** One shard, read in order from a checkpoint to its end. */
import {
  type _Record,
  ExpiredIteratorException,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorInput,
  InvalidArgumentException,
  type KinesisClient,
} from '@aws-sdk/client-kinesis';
import { type Backoff, backoffMs } from '../base/backoff.ts';

export interface StreamRecord {
  sequenceNumber: string;
  partitionKey: string;
  data: Uint8Array;
  /** When the stream took the record, in ms since the epoch. */
  arrivalMs: number;
}

export interface ShardSource {
  client: KinesisClient;
  streamName: string;
  shardId: string;
  /** Last record already dealt with; undefined: from the oldest one. */
  after: string | undefined;
  /** Records that arrived earlier (ms since the epoch) are passed over. */
  sinceMs: number;
  pollMs: number;
  signal: AbortSignal;
  onRecords(records: StreamRecord[]): Promise<void>;
  /** A read begins; gives the mark by which `onCaughtUp` and `isClosed` know it. */
  onRead(): number;
  /** All that was in the shard when the read with this mark began has been handed over and taken. */
  onCaughtUp(mark: number): void;
  /** True when nothing can be written to the shard any more, known before the read with this mark began. */
  isClosed(mark: number): boolean;
  /** Waits; returns early when there is reason to look again. */
  pause(ms: number): Promise<void>;
  onTrouble(error: Error, failuresInARow: number): void;
}

/** AWS answers with at most 10 MB; kinesalite with as many *records* as asked for, whatever they weigh. */
const PAGE_BYTES = 8 * 1024 * 1024;
const MAX_PAGE_RECORDS = 10_000;
const FIRST_PAGE_RECORDS = 500;
const RETRY: Backoff = { baseMs: 100, maxMs: 5_000 };
/**
 * How long an empty read must be confirmed before its next iterator is used, in ms. kinesalite moves that iterator to
 * the time of the read, and a record that was being written in the same instant may come to lie before it.
 */
const SETTLE_MS = 2_000;

/** Resolves at the shard's end (true) or after a stop (false). Throttling and failures are waited out. */
export async function readShard(source: ShardSource): Promise<boolean> {
  const { client, signal } = source;
  let after = source.after;
  let iterator: string | undefined;
  let next: { iterator: string; sinceMs: number } | undefined;
  let limit = FIRST_PAGE_RECORDS;
  let failures = 0;

  while (!signal.aborted) {
    const mark = source.onRead();
    const startedMs = performance.now();
    try {
      iterator ??= await shardIterator(source, after);
      const page = await client.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: limit }), {
        abortSignal: signal,
      });
      const records = (page.Records ?? []).map(toStreamRecord);
      const last = records.at(-1);
      if (last) {
        const wanted = records.filter((record) => record.arrivalMs >= source.sinceMs);
        if (wanted.length > 0) await source.onRecords(wanted);
        if (!page.NextShardIterator) return true;
        ({ NextShardIterator: iterator } = page);
        after = last.sequenceNumber;
        next = undefined;
      } else {
        if (!page.NextShardIterator) return true;
        next ??= { iterator: page.NextShardIterator, sinceMs: startedMs };
        if (source.isClosed(mark) || startedMs - next.sinceMs >= SETTLE_MS) {
          iterator = next.iterator;
          next = undefined;
        }
      }
      failures = 0;
      if (records.length >= limit) {
        limit = pageLimit(records);
        continue;
      }
      // kinesalite gives less than was asked for only when that is all there is.
      source.onCaughtUp(mark);
    } catch (error) {
      if (signal.aborted) return false;
      failures += 1;
      next = undefined;
      iterator = undefined;
      // An iterator expires after five minutes by itself: that is no trouble, unless it goes on.
      if (!(error instanceof ExpiredIteratorException) || failures > 1) {
        source.onTrouble(error as Error, failures);
        await source.pause(backoffMs(failures, RETRY));
      }
      continue;
    }
    await source.pause(source.pollMs - (performance.now() - startedMs));
  }
  return false;
}

async function shardIterator(source: ShardSource, after: string | undefined): Promise<string | undefined> {
  const ask = async (
    position: Pick<GetShardIteratorInput, 'ShardIteratorType' | 'StartingSequenceNumber'>,
  ) => {
    const input = { StreamName: source.streamName, ShardId: source.shardId, ...position };
    const command = new GetShardIteratorCommand(input);
    return (await source.client.send(command, { abortSignal: source.signal })).ShardIterator;
  };
  if (after === undefined) return ask({ ShardIteratorType: 'TRIM_HORIZON' });
  try {
    return await ask({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: after });
  } catch (error) {
    if (!(error instanceof InvalidArgumentException)) throw error;
    // The checkpoint is of another life of the stream: what is there now has not been read.
    source.onTrouble(error, 1);
    return ask({ ShardIteratorType: 'TRIM_HORIZON' });
  }
}

function toStreamRecord(record: _Record): StreamRecord {
  return {
    sequenceNumber: record.SequenceNumber ?? '',
    partitionKey: record.PartitionKey ?? '',
    data: record.Data ?? new Uint8Array(),
    arrivalMs: record.ApproximateArrivalTimestamp?.getTime() ?? 0,
  };
}

/** As many records like these as fit a page. */
function pageLimit(records: StreamRecord[]): number {
  const bytes = records.reduce((sum, record) => sum + record.data.length, 0);
  const average = Math.max(1, bytes / records.length);
  return Math.max(1, Math.min(MAX_PAGE_RECORDS, Math.floor(PAGE_BYTES / average)));
}
