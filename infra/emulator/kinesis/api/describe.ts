/** Streams, shards and consumers as answers show them. */
import type { LogRecord } from '../log/frame.ts';
import type { Shard } from '../stream/shard.ts';
import { shardIdOf } from '../stream/shard.ts';
import type { ConsumerState } from '../stream/state.ts';
import type { Stream } from '../stream/stream.ts';
import { consumerArn, streamArn } from './find.ts';

/** What DescribeStream and DescribeStreamSummary have in common. */
export function describeStream({ state }: Stream) {
  const { name, createdMs, mode, retentionHours, metrics, keyId } = state;
  return {
    StreamName: name,
    StreamARN: streamArn(name),
    // Every change is done when its call is answered.
    StreamStatus: 'ACTIVE',
    StreamModeDetails: { StreamMode: mode },
    RetentionPeriodHours: retentionHours,
    StreamCreationTimestamp: new Date(createdMs),
    EnhancedMonitoring: [{ ShardLevelMetrics: metrics }],
    EncryptionType: keyId === undefined ? 'NONE' : 'KMS',
    KeyId: keyId,
  };
}

const hashRange = ({ state: { start, end } }: Shard) => ({ StartingHashKey: start, EndingHashKey: end });

export function describeShard(shard: Shard) {
  const [parent, adjacent] = shard.state.parents;
  return {
    ShardId: shard.id,
    ParentShardId: parent === undefined ? undefined : shardIdOf(parent),
    AdjacentParentShardId: adjacent === undefined ? undefined : shardIdOf(adjacent),
    HashKeyRange: hashRange(shard),
    SequenceNumberRange: {
      StartingSequenceNumber: shard.firstNumber,
      EndingSequenceNumber: shard.lastNumber,
    },
  };
}

/** For the reader of a shard that has ended. */
export const describeChildren = (stream: Stream, shard: Shard) =>
  stream.childrenOf(shard).map((child) => ({
    ShardId: child.id,
    ParentShards: child.state.parents.map(shardIdOf),
    HashKeyRange: hashRange(child),
  }));

export function describeRecord({ state }: Stream, shard: Shard, record: LogRecord) {
  return {
    SequenceNumber: shard.numberOf(record),
    ApproximateArrivalTimestamp: new Date(record.arrivalMs),
    Data: record.data,
    PartitionKey: record.partitionKey,
    EncryptionType: state.keyId === undefined ? undefined : 'KMS',
  };
}

export const describeConsumer = (stream: Stream, consumer: ConsumerState) => ({
  ConsumerName: consumer.name,
  ConsumerARN: consumerArn(stream.state.name, consumer),
  ConsumerStatus: 'ACTIVE',
  ConsumerCreationTimestamp: new Date(consumer.createdMs),
});
