import { nameIn, shardOf } from '../api/find.ts';
import { operation } from '../api/operation.ts';
import { indexOf } from '../api/position.ts';
import { noShard } from '../api/refusals.ts';
import { POSITION_TYPES, required, SEQUENCE_NUMBER, SHARD_ID, STREAM } from '../api/shapes.ts';
import { formatIterator } from '../stream/iterator.ts';

export const getShardIterator = operation(
  {
    ...{ ...STREAM, ShardId: required(SHARD_ID), StartingSequenceNumber: SEQUENCE_NUMBER },
    ShardIteratorType: required({ type: 'string', values: POSITION_TYPES }),
    Timestamp: { type: 'timestamp' },
  },
  async (input, { streams }) => {
    const {
      ShardId,
      ShardIteratorType: type,
      StartingSequenceNumber: sequenceNumber,
      Timestamp: timestamp,
    } = input;
    const name = nameIn(input);
    const stream = streams.get(name);
    if (!stream) throw noShard(ShardId, name);
    const shard = shardOf(stream, ShardId);
    const nowMs = streams.clock.now();
    const index = await indexOf(stream, shard, { type, sequenceNumber, timestamp }, nowMs);
    const place = { shardIx: shard.state.ix, index, streamCreatedMs: stream.state.createdMs };
    return { ShardIterator: formatIterator({ stream: name, ...place, issuedMs: nowMs }) };
  },
);
