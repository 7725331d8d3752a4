import { shardOf, streamOf } from '../api/find.ts';
import { change } from '../api/operation.ts';
import { inAccount, invalid, noSuchShard, tooManyShards } from '../api/refusals.ts';
import { HASH_KEY, required, SHARD_ID, STREAM } from '../api/shapes.ts';
import { LIMITS } from '../stream/limits.ts';

export const splitShard = change(
  { ...STREAM, ShardToSplit: required(SHARD_ID), NewStartingHashKey: required(HASH_KEY) },
  async ({ ShardToSplit, NewStartingHashKey, ...named }, { streams }) => {
    const stream = streamOf(streams, named);
    const { name } = stream.state;
    const shard = shardOf(stream, ShardToSplit, noSuchShard);
    const now = streams.openShardCount;
    if (now + 1 > LIMITS.shards) throw tooManyShards(now, LIMITS.shards, 1);
    if (!shard.isOpen) {
      throw invalid(
        `${inAccount(`Shard ${shard.id} in stream ${name}`)} has already been merged or split, and thus is not eligible for merging or splitting.`,
      );
    }
    const at = BigInt(NewStartingHashKey);
    const { start, end } = shard.range;
    if (at <= start + 1n || at >= end) {
      throw invalid(
        `${inAccount(`NewStartingHashKey ${NewStartingHashKey} used in SplitShard() on shard ${shard.id} in stream ${name}`)} is not both greater than one plus the shard's StartingHashKey ${start} and less than the shard's EndingHashKey ${end}.`,
      );
    }
    await stream.split(shard, at);
  },
);
