/** Where reading begins: the five types of GetShardIterator and SubscribeToShard. */

import { parseSequence } from '../stream/sequence.ts';
import type { Shard } from '../stream/shard.ts';
import { shardIdOf } from '../stream/shard.ts';
import type { Stream } from '../stream/stream.ts';
import { inAccount, invalid } from './refusals.ts';
import type { POSITION_TYPES } from './shapes.ts';

export interface Position {
  type: (typeof POSITION_TYPES)[number];
  sequenceNumber?: string;
  timestamp?: Date;
}

/** @returns the index of the record that is read first. @throws AwsError */
export async function indexOf(
  stream: Stream,
  shard: Shard,
  position: Position,
  nowMs: number,
): Promise<number> {
  const { type, sequenceNumber, timestamp } = position;
  if (type === 'AT_SEQUENCE_NUMBER' || type === 'AFTER_SEQUENCE_NUMBER') {
    if (sequenceNumber === undefined) throw ambiguous(type, 'no StartingSequenceNumber');
    const index = indexOfNumber(stream, shard, sequenceNumber);
    return type === 'AT_SEQUENCE_NUMBER' ? index : index + 1;
  }
  if (sequenceNumber !== undefined) throw ambiguous(type, 'also a StartingSequenceNumber');
  if (type === 'TRIM_HORIZON') return 0;
  if (type === 'LATEST') return shard.log.next;
  if (timestamp === undefined) {
    throw invalid(
      'Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp parameter.',
    );
  }
  const ms = timestamp.getTime();
  if (ms > nowMs) {
    throw invalid(
      `The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: ${ms}, currentTimestampInMillis: ${nowMs}`,
    );
  }
  return shard.indexAt(ms);
}

const ambiguous = (type: string, number: string) =>
  invalid(
    `Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified ${type} and ${number}.`,
  );

function indexOfNumber(stream: Stream, shard: Shard, number: string): number {
  const used = inAccount(
    `StartingSequenceNumber ${number} used in GetShardIterator on shard ${shard.id} in stream ${stream.state.name}`,
  );
  const parsed = parseSequence(number);
  if (!parsed) throw invalid(`${used} is invalid.`);
  if (parsed.shardIx !== shard.state.ix) {
    throw invalid(
      `Invalid StartingSequenceNumber. It encodes ${shardIdOf(parsed.shardIx)}, while it was used in a call to a shard with ${shard.id}`,
    );
  }
  const index = shard.indexOf(number);
  if (index === undefined) throw invalid(`${used} is invalid because it did not come from this stream.`);
  return index;
}
