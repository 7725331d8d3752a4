/**
 * The position at which reading from a time begins. kinesalite itself reads every record before that time, and does not
 * answer when no record is younger.
 */
import { db, type Store, type StoredRecord } from './kinesalite.ts';

/** In the form of GetShardIterator. */
export type Position =
  | { ShardIteratorType: 'AT_SEQUENCE_NUMBER' | 'AFTER_SEQUENCE_NUMBER'; StartingSequenceNumber: string }
  | { ShardIteratorType: 'TRIM_HORIZON'; StartingSequenceNumber?: undefined };

/**
 * The first record that arrived at a time or later, assuming that arrival times rise with sequence numbers.
 * @param timestamp in seconds since the epoch
 * @returns undefined for a stream or shard that does not exist
 */
export async function positionAt(
  store: Store,
  streamName: string,
  shardId: string,
  timestamp: number,
): Promise<Position | undefined> {
  const shard = await findShard(store, streamName, shardId);
  if (!shard) return undefined;
  const records = store.getStreamDb(streamName);
  const hex = db.shardIxToHex(shard.shardIx);
  const range = { gte: hex, lt: db.shardIxToHex(shard.shardIx + 1), limit: 1 };
  // Read first, so that records that arrive after it are certainly young enough.
  const last = await first(records.createReadStream({ ...range, reverse: true }));
  if (!last) return { ShardIteratorType: 'TRIM_HORIZON' };
  if (last.value.ApproximateArrivalTimestamp < timestamp) return at('AFTER_SEQUENCE_NUMBER', last);

  let found = last;
  let low = 0;
  let high = indexOf(last);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const gte = `${hex}/${db.stringifySequence({ ...shard, seqIx: middle })}`;
    const record = (await first(records.createReadStream({ ...range, gte }))) ?? last;
    if (record.value.ApproximateArrivalTimestamp < timestamp) low = indexOf(record) + 1;
    else {
      found = record;
      high = middle;
    }
  }
  return at('AT_SEQUENCE_NUMBER', found);
}

export interface FoundShard {
  shardCreateTime: number;
  shardIx: number;
  retentionHours: number;
}

export function findShard(store: Store, streamName: string, shardId: string) {
  return new Promise<FoundShard | undefined>((resolve) => {
    store.getStream(streamName, (error, stream) => {
      if (error || !stream) return resolve(undefined);
      try {
        const { shardIx } = db.resolveShardId(shardId);
        const start = stream.Shards[shardIx]?.SequenceNumberRange.StartingSequenceNumber;
        const retentionHours = stream.RetentionPeriodHours;
        resolve(start === undefined ? undefined : { ...db.parseSequence(start), shardIx, retentionHours });
      } catch {
        resolve(undefined);
      }
    });
  });
}

async function first(records: AsyncIterable<StoredRecord>): Promise<StoredRecord | undefined> {
  for await (const record of records) return record;
  return undefined;
}

const sequenceNumberOf = ({ key }: StoredRecord) => key.slice(key.indexOf('/') + 1);
/** The index among the records of the shard, and some of other shards. */
const indexOf = (record: StoredRecord) => Number(db.parseSequence(sequenceNumberOf(record)).seqIx);
const at = (
  ShardIteratorType: 'AT_SEQUENCE_NUMBER' | 'AFTER_SEQUENCE_NUMBER',
  record: StoredRecord,
): Position => ({ ShardIteratorType, StartingSequenceNumber: sequenceNumberOf(record) });
