import { describeStream as describe, describeShard } from '../api/describe.ts';
import { shardOf, streamOf } from '../api/find.ts';
import { operation } from '../api/operation.ts';
import { PAGE_SIZE, SHARD_ID, STREAM } from '../api/shapes.ts';

const DEFAULT_LIMIT = 100;

export const describeStream = operation(
  { ...STREAM, Limit: PAGE_SIZE, ExclusiveStartShardId: SHARD_ID },
  ({ Limit = DEFAULT_LIMIT, ExclusiveStartShardId: after, ...named }, { streams }) => {
    const stream = streamOf(streams, named);
    const afterIx = after === undefined ? -1 : shardOf(stream, after).state.ix;
    const rest = stream.shards.filter(({ state }) => state.ix > afterIx);
    return {
      StreamDescription: {
        ...describe(stream),
        Shards: rest.slice(0, Limit).map(describeShard),
        HasMoreShards: rest.length > Limit,
      },
    };
  },
);
