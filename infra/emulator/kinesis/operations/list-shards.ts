import { z } from 'zod';
import { describeShard } from '../api/describe.ts';
import { shardOf, streamOf } from '../api/find.ts';
import { operation } from '../api/operation.ts';
import { invalid, noStream } from '../api/refusals.ts';
import { PAGE_SIZE, required, SHARD_ID, STREAM, TOKEN } from '../api/shapes.ts';
import { makeToken, readToken } from '../api/token.ts';
import type { Shard } from '../stream/shard.ts';
import type { Stream } from '../stream/stream.ts';

const TYPES = [
  ...(['AFTER_SHARD_ID', 'AT_TRIM_HORIZON', 'FROM_TRIM_HORIZON', 'AT_LATEST'] as const),
  ...(['AT_TIMESTAMP', 'FROM_TIMESTAMP'] as const),
] as const;
const filterSchema = z.object({
  Type: z.enum(TYPES),
  ShardId: z.string().optional(),
  Timestamp: z.coerce.date().optional(),
});
type Filter = z.infer<typeof filterSchema>;
const token = z.object({
  stream: z.string(),
  createdMs: z.number(),
  afterIx: z.number(),
  filter: filterSchema,
});
type Token = z.infer<typeof token>;
const DEFAULT_RESULTS = 1_000;

export const listShards = operation(
  {
    ...{ ...STREAM, NextToken: TOKEN, ExclusiveStartShardId: SHARD_ID, MaxResults: PAGE_SIZE },
    StreamCreationTimestamp: { type: 'timestamp' },
    ShardFilter: {
      type: 'structure',
      members: {
        Type: required({ type: 'string', values: TYPES }),
        ShardId: SHARD_ID,
        Timestamp: { type: 'timestamp' },
      },
    },
  },
  ({ NextToken, ExclusiveStartShardId, MaxResults = DEFAULT_RESULTS, ...input }, { streams }) => {
    const nowMs = streams.clock.now();
    const names = input.StreamName ?? input.StreamARN;
    if (NextToken === undefined && names === undefined) {
      throw invalid('Either NextToken or StreamName should be provided.');
    }
    refuseBesideToken(NextToken, {
      StreamName: names,
      ExclusiveStartShardId,
      StreamCreationTimestamp: input.StreamCreationTimestamp,
    });
    const begun = NextToken === undefined ? undefined : readToken(NextToken, token, nowMs);
    const stream = streamOf(streams, begun ? { StreamName: begun.stream } : input);
    const { name, createdMs } = stream.state;
    if (begun && begun.createdMs !== createdMs) throw noStream(name);
    const afterIx =
      ExclusiveStartShardId === undefined ? -1 : shardOf(stream, ExclusiveStartShardId).state.ix;
    const list: Token = begun ?? {
      ...{ stream: name, createdMs, afterIx },
      filter: input.ShardFilter ?? { Type: 'FROM_TRIM_HORIZON' },
    };
    const isWanted = filterOf(stream, list.filter);
    const rest = stream.shards.filter((shard) => shard.state.ix > list.afterIx && isWanted(shard));
    const page = rest.slice(0, MaxResults);
    const lastIx = page.at(-1)?.state.ix ?? list.afterIx;
    return {
      Shards: page.map(describeShard),
      NextToken: rest.length > MaxResults ? makeToken({ ...list, afterIx: lastIx }, nowMs) : undefined,
    };
  },
);

/** A token says where the list goes on, and of which stream. @throws AwsError for what it already says */
function refuseBesideToken(token: string | undefined, given: Readonly<Record<string, unknown>>): void {
  const [beside] = Object.keys(given).filter((name) => given[name] !== undefined);
  if (token === undefined || beside === undefined) return;
  throw invalid(`NextToken and ${beside} cannot be provided together.`);
}

/** @throws AwsError for a filter without what its type needs */
function filterOf(stream: Stream, { Type, ShardId, Timestamp }: Filter): (shard: Shard) => boolean {
  const horizonMs = Math.max(stream.oldestMs(), stream.state.createdMs);
  const closedMs = ({ state }: Shard) => state.closedMs ?? Number.POSITIVE_INFINITY;
  const isOpenAt = (ms: number) => (shard: Shard) => shard.state.startedMs <= ms && closedMs(shard) >= ms;
  const time = () => {
    if (Timestamp === undefined) throw invalid(`A ShardFilter of type ${Type} needs a Timestamp.`);
    return Math.max(horizonMs, Timestamp.getTime());
  };
  switch (Type) {
    case 'FROM_TRIM_HORIZON':
      return () => true;
    case 'AT_TRIM_HORIZON':
      return isOpenAt(horizonMs);
    case 'AT_LATEST':
      return ({ isOpen }) => isOpen;
    case 'AT_TIMESTAMP':
      return isOpenAt(time());
    case 'FROM_TIMESTAMP': {
      const ms = time();
      return (shard) => closedMs(shard) >= ms;
    }
    case 'AFTER_SHARD_ID': {
      if (ShardId === undefined) throw invalid(`A ShardFilter of type ${Type} needs a ShardId.`);
      const { ix } = shardOf(stream, ShardId).state;
      return ({ state }) => state.ix > ix;
    }
  }
}
