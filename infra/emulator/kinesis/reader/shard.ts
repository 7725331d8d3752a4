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
import { type Backoff, backoffMs } from '../../base/backoff.ts';
import type { Clock } from '../../base/clock.ts';
import { orAborted } from '../../base/waker.ts';
import { countLines, plus } from '../log/counts.ts';
import type { Passed } from './passed.ts';

export interface StreamRecord {
  sequenceNumber: string;
  partitionKey: string;
  data: Uint8Array;
  /** When the stream took the record, in ms since the epoch. */
  arrivalMs: number;
  lines: number;
  /** How much of the shard there is up to this record, itself included. */
  passed: Passed;
}

export interface ShardSource {
  client: KinesisClient;
  streamName: string;
  shardId: string;
  /** Last record already dealt with; undefined to begin with the oldest one. */
  after: string | undefined;
  /** How much was taken up to there, where that is more than the checkpoint tells: it may still be under way. */
  taken?: Passed | undefined;
  /** Without a checkpoint: reading begins at the first record that arrived then or later (ms since the epoch). */
  sinceMs: number;
  pollMs: number;
  clock: Clock;
  signal: AbortSignal;
  /** Called before reading begins at a position, which is a place in no shard yet for `undefined`. */
  onPosition(after: string | undefined, taken: Passed | undefined): Promise<Passed>;
  onRecords(records: StreamRecord[]): Promise<void>;
  /** Called when a read begins; returns the mark that identifies it. */
  onRead(): number;
  /** `onRecords` has taken everything that was in the shard when the read with this mark began. */
  onCaughtUp(mark: number): void;
  /** Waits; returns early when there is a reason to read again. */
  pause(ms: number): Promise<void>;
  onFailure(error: Error, failuresInARow: number): void;
}

/** The most that AWS takes as a limit; the size of a page is limited as well. */
const PAGE_RECORDS = 10_000;
const RETRY: Backoff = { baseMs: 100, maxMs: 5_000 };

/** Resolves at the shard's end (true) or after a stop (false). After throttling and failures it tries again. */
export async function readShard(source: ShardSource): Promise<boolean> {
  const { client, clock, signal } = source;
  let after = source.after;
  let sinceMs = after === undefined ? source.sinceMs : Number.NEGATIVE_INFINITY;
  let iterator: string | undefined;
  let failures = 0;
  let taken = source.taken;
  let passed: Passed | undefined;

  while (!signal.aborted) {
    const mark = source.onRead();
    const startedMs = clock.elapsed();
    try {
      passed ??= await source.onPosition(after, taken);
      iterator ??= await shardIterator(source, after);
      const input = { ShardIterator: iterator, Limit: PAGE_RECORDS };
      const page = await orAborted(client.send(new GetRecordsCommand(input)), signal);
      const records = toStreamRecords(page.Records ?? [], passed);
      const last = records.at(-1);
      if (last) {
        const wanted = from(sinceMs, records);
        if (wanted.length > 0) {
          await source.onRecords(wanted);
          // From here on only the order of the shard counts: the clock that dates the records may be set back.
          sinceMs = Number.NEGATIVE_INFINITY;
        }
        after = last.sequenceNumber;
        taken = passed = last.passed;
      }
      if (!page.NextShardIterator) return true;
      iterator = page.NextShardIterator;
      failures = 0;
      if (page.MillisBehindLatest) continue;
      source.onCaughtUp(mark);
    } catch (error) {
      if (signal.aborted) return false;
      failures += 1;
      iterator = undefined;
      // An iterator expires after five minutes, which is normal unless it happens twice in a row. By then records may
      // have grown too old.
      if (error instanceof ExpiredIteratorException) passed = undefined;
      if (!(error instanceof ExpiredIteratorException) || failures > 1) {
        source.onFailure(error as Error, failures);
        await source.pause(backoffMs(failures, RETRY));
      }
      continue;
    }
    await source.pause(source.pollMs - (clock.elapsed() - startedMs));
  }
  return false;
}

/** The records from the first one on that arrived at that time or later. */
export function from(sinceMs: number, records: StreamRecord[]): StreamRecord[] {
  const first = records.findIndex(({ arrivalMs }) => arrivalMs >= sinceMs);
  return first < 0 ? [] : records.slice(first);
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
    // The checkpoint belongs to an earlier stream of this name, so nothing of this one has been read.
    source.onFailure(error, 1);
    return ask({ ShardIteratorType: 'TRIM_HORIZON' });
  }
}

export function toStreamRecords(records: _Record[], before: Passed): StreamRecord[] {
  let passed = before;
  return records.map((record) => {
    const data = record.Data ?? new Uint8Array();
    const lines = countLines(data);
    passed = { ...passed, ...plus(passed, { records: 1, lines }) };
    return {
      sequenceNumber: record.SequenceNumber ?? '',
      partitionKey: record.PartitionKey ?? '',
      arrivalMs: record.ApproximateArrivalTimestamp?.getTime() ?? 0,
      ...{ data, lines, passed },
    };
  });
}
