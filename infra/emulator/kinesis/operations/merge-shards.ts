import { shardOf, streamOf } from '../api/find.ts';
import { change } from '../api/operation.ts';
import { inAccount, invalid, noSuchShard } from '../api/refusals.ts';
import { required, SHARD_ID, STREAM } from '../api/shapes.ts';

export const mergeShards = change(
  { ...STREAM, ShardToMerge: required(SHARD_ID), AdjacentShardToMerge: required(SHARD_ID) },
  async ({ ShardToMerge, AdjacentShardToMerge, ...named }, { streams }) => {
    const stream = streamOf(streams, named);
    const { name } = stream.state;
    const left = shardOf(stream, ShardToMerge, noSuchShard);
    const right = shardOf(stream, AdjacentShardToMerge, noSuchShard);
    const closed = [left, right].find(({ isOpen }) => !isOpen);
    if (closed) {
      throw invalid(
        `${inAccount(`Shard ${closed.id} in stream ${name}`)} has already been merged or split, and thus is not eligible for merging or splitting.`,
      );
    }
    const [low, high] = left.range.start < right.range.start ? [left, right] : [right, left];
    if (low.range.end + 1n !== high.range.start) {
      throw invalid(
        `${inAccount(`Shards ${left.id} and ${right.id} in stream ${name}`)} are not an adjacent pair of shards eligible for merging`,
      );
    }
    await stream.merge(left, right);
  },
);
