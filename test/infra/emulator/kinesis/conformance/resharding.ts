/** Shards that are split, merged and counted anew: ranges, parents, the end of a shard and its children. */
import { base64 } from './caller.ts';
import {
  type Case,
  type Context,
  equal,
  FIRST_SHARD,
  HALF_HASH,
  HIGHEST_HASH,
  type Page,
  type Shard,
  yes,
} from './context.ts';

const range = ({ HashKeyRange: { StartingHashKey, EndingHashKey } }: Shard) => [
  StartingHashKey,
  EndingHashKey,
];
const isOpen = ({ SequenceNumberRange }: Shard) => !SequenceNumberRange.EndingSequenceNumber;

async function split({ call, active, until, shards }: Context, StreamName: string): Promise<void> {
  await call('SplitShard', { StreamName, ShardToSplit: FIRST_SHARD, NewStartingHashKey: HALF_HASH });
  await until('two shards more', async () => (await shards(StreamName)).length === 3);
  await active(StreamName);
}

async function updateCount({ call, active, shards, until }: Context, StreamName: string, count: number) {
  const answer = await call('UpdateShardCount', {
    ...{ StreamName, TargetShardCount: count },
    ScalingType: 'UNIFORM_SCALING',
  });
  const open = async () => (await shards(StreamName)).filter(isOpen).length === count;
  await until(`${count} open shards`, open);
  await active(StreamName);
  return answer;
}

/** Ranges of the open shards, which must cover all hash keys without gap or overlap. */
async function openRanges({ shards }: Context, stream: string): Promise<[bigint, bigint][]> {
  const ranges = (await shards(stream))
    .filter(isOpen)
    .map((shard) => range(shard).map(BigInt) as [bigint, bigint])
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  let next = 0n;
  for (const [start, end] of ranges) {
    equal(start, next);
    next = end + 1n;
  }
  equal(next, 2n ** 128n);
  return ranges;
}

export const RESHARDING: Case[] = [
  {
    name: 'CreateStream: shards share the hash keys evenly',
    async run({ stream, shards }) {
      equal((await shards(await stream(2))).map(range), [
        ['0', (2n ** 127n - 1n).toString()],
        [HALF_HASH, HIGHEST_HASH],
      ]);
    },
  },
  {
    name: 'SplitShard: the parent closes, its children share its range and name it',
    async run(context) {
      const name = await context.stream();
      await split(context, name);
      const [parent, ...children] = await context.shards(name);
      yes(parent && !isOpen(parent));
      equal(
        children.map(({ ParentShardId }) => ParentShardId),
        [FIRST_SHARD, FIRST_SHARD],
      );
      equal(children.map(range), [
        ['0', (2n ** 127n - 1n).toString()],
        [HALF_HASH, HIGHEST_HASH],
      ]);
    },
  },
  {
    name: 'SplitShard: a shard is read to its end, where the answer names its children',
    async run(context) {
      const { stream, put, iterator, call } = context;
      const name = await stream();
      await put(name, 'a');
      await split(context, name);
      let page = await call<Page>('GetRecords', { ShardIterator: await iterator(name, 'TRIM_HORIZON') });
      equal(page.Records.length, 1);
      for (let i = 0; page.NextShardIterator && i < 5; i += 1) {
        page = await call<Page>('GetRecords', { ShardIterator: page.NextShardIterator });
      }
      equal(page.NextShardIterator ?? null, null);
      const ids = ['shardId-000000000001', 'shardId-000000000002'];
      equal(
        page.ChildShards?.map(({ ShardId }) => ShardId),
        ids,
      );
      equal(page.ChildShards?.[0]?.ParentShards, [FIRST_SHARD]);
    },
  },
  {
    name: 'SplitShard: new records go to the children, with higher sequence numbers',
    async run(context) {
      const { stream, put } = context;
      const name = await stream();
      const before = await put(name, 'a');
      await split(context, name);
      const after = await put(name, 'b', { ExplicitHashKey: '0' });
      equal(after.ShardId, 'shardId-000000000001');
      yes(BigInt(after.SequenceNumber) > BigInt(before.SequenceNumber));
    },
  },
  {
    name: 'SplitShard: a hash key outside of the shard is refused, and so is a closed shard',
    async run(context) {
      const { stream, call, refused } = context;
      const StreamName = await stream();
      const ask = (NewStartingHashKey: string) =>
        call('SplitShard', { StreamName, ShardToSplit: FIRST_SHARD, NewStartingHashKey });
      const says = new RegExp(
        `^NewStartingHashKey 0 used in SplitShard\\(\\) on shard ${FIRST_SHARD} in stream ${StreamName} under account \\d{12} is not both greater than one plus the shard's StartingHashKey 0 and less than the shard's EndingHashKey ${HIGHEST_HASH}\\.$`,
      );
      await refused(ask('0'), 'InvalidArgumentException', says);
      await split(context, StreamName);
      await refused(ask(HALF_HASH), 'InvalidArgumentException');
    },
  },
  {
    name: 'MergeShards: both close, their child has the range of both and names both',
    async run({ stream, call, shards, until }) {
      const StreamName = await stream(2);
      const [ShardToMerge, AdjacentShardToMerge] = [FIRST_SHARD, 'shardId-000000000001'];
      await call('MergeShards', { StreamName, ShardToMerge, AdjacentShardToMerge });
      await until('the child', async () => (await shards(StreamName)).length === 3);
      const [one, two, child] = await shards(StreamName);
      equal(
        [one, two, child].map((shard) => shard && isOpen(shard)),
        [false, false, true],
      );
      equal([child?.ParentShardId, child?.AdjacentParentShardId], [ShardToMerge, AdjacentShardToMerge]);
      equal(child && range(child), ['0', HIGHEST_HASH]);
    },
  },
  {
    name: 'MergeShards: shards that are not neighbours are refused',
    async run({ stream, call, refused }) {
      const StreamName = await stream(3);
      const [ShardToMerge, AdjacentShardToMerge] = [FIRST_SHARD, 'shardId-000000000002'];
      await refused(
        call('MergeShards', { StreamName, ShardToMerge, AdjacentShardToMerge }),
        'InvalidArgumentException',
        new RegExp(
          `^Shards ${ShardToMerge} and ${AdjacentShardToMerge} in stream ${StreamName} under account \\d{12} are not an adjacent pair of shards eligible for merging$`,
        ),
      );
    },
  },
  {
    name: 'UpdateShardCount: doubled, to three quarters and halved; always uniform and complete',
    async run(context) {
      const name = await context.stream(2);
      const answer = await updateCount(context, name, 4);
      equal([answer.CurrentShardCount, answer.TargetShardCount, answer.StreamName], [2, 4, name]);
      for (const count of [4, 3, 2]) {
        if (count < 4) await updateCount(context, name, count);
        const ranges = await openRanges(context, name);
        equal(ranges.length, count);
        const share = 2n ** 128n / BigInt(count);
        for (const [start, end] of ranges) {
          const off = end - start + 1n - share;
          yes(off > -8n && off < 8n, `${off}`);
        }
      }
    },
  },
  {
    name: 'UpdateShardCount: to more than double or less than half is refused',
    async run({ stream, call, refused }) {
      const StreamName = await stream(4);
      const ask = (TargetShardCount: number) =>
        call('UpdateShardCount', { StreamName, TargetShardCount, ScalingType: 'UNIFORM_SCALING' });
      await refused(ask(9), 'LimitExceededException');
      await refused(ask(1), 'LimitExceededException');
    },
  },
  {
    name: 'UpdateShardCount: nothing is lost, and each key keeps its order through its shards',
    async run(context) {
      const { stream, put, shards, iterator, read } = context;
      const name = await stream(1);
      const texts: string[] = [];
      for (const [i, count] of [2, 4, 2].entries()) {
        for (let j = 0; j < 5; j += 1) {
          texts.push(`${i}-${j}`);
          await put(name, `${i}-${j}`);
        }
        await updateCount(context, name, count);
      }
      const found: string[] = [];
      for (const { ShardId } of await shards(name)) {
        found.push(...(await read(await iterator(name, 'TRIM_HORIZON', { ShardId }))));
      }
      equal(found, texts);
    },
  },
  {
    name: 'UpdateStreamMode: to on-demand and back; on-demand refuses a shard count',
    async run({ stream, call, active, arnOf, refused }) {
      const StreamName = await stream(1);
      const StreamARN = arnOf(StreamName);
      const mode = async () => {
        await active(StreamName);
        const { StreamDescriptionSummary: summary } = await call<{
          StreamDescriptionSummary: { StreamModeDetails?: { StreamMode: string } };
        }>('DescribeStreamSummary', { StreamName });
        return summary.StreamModeDetails?.StreamMode;
      };
      equal(await mode(), 'PROVISIONED');
      await call('UpdateStreamMode', { StreamARN, StreamModeDetails: { StreamMode: 'ON_DEMAND' } });
      equal(await mode(), 'ON_DEMAND');
      const count = { StreamName, TargetShardCount: 2, ScalingType: 'UNIFORM_SCALING' };
      await refused(call('UpdateShardCount', count), 'ValidationException');
      await call('UpdateStreamMode', { StreamARN, StreamModeDetails: { StreamMode: 'PROVISIONED' } });
      equal(await mode(), 'PROVISIONED');
    },
  },
  {
    name: 'CreateStream: an on-demand stream begins with four shards',
    async run({ call, active, shards }) {
      const StreamName = `on-demand-${process.pid}-${Date.now()}`;
      await call('CreateStream', { StreamName, StreamModeDetails: { StreamMode: 'ON_DEMAND' } });
      await active(StreamName);
      equal((await shards(StreamName)).length, 4);
      await call('DeleteStream', { StreamName });
    },
  },
  {
    name: 'ListShards: filters by what is open, and by what a shard follows',
    async run(context) {
      const { stream, shards } = context;
      const name = await stream();
      await split(context, name);
      const ids = async (ShardFilter: object) =>
        (await shards(name, { ShardFilter })).map(({ ShardId }) => Number(ShardId.slice(-1)));
      equal(await ids({ Type: 'AT_LATEST' }), [1, 2]);
      equal(await ids({ Type: 'FROM_TRIM_HORIZON' }), [0, 1, 2]);
      equal(await ids({ Type: 'AT_TRIM_HORIZON' }), [0]);
      equal(await ids({ Type: 'AFTER_SHARD_ID', ShardId: 'shardId-000000000001' }), [2]);
      const Timestamp = Date.now() / 1000;
      equal(await ids({ Type: 'AT_TIMESTAMP', Timestamp }), [1, 2]);
      equal(await ids({ Type: 'FROM_TIMESTAMP', Timestamp: Timestamp - 600 }), [0, 1, 2]);
    },
  },
  {
    name: 'a record put while shards are split is in exactly one of them',
    async run(context) {
      const { stream, call, shards, iterator, read } = context;
      const StreamName = await stream();
      const puts = Array.from({ length: 40 }, (_, i) =>
        call('PutRecord', { StreamName, PartitionKey: `k${i}`, Data: base64(String(i)) }),
      );
      await split(context, StreamName);
      await Promise.all(puts);
      const found: string[] = [];
      for (const { ShardId } of await shards(StreamName)) {
        found.push(...(await read(await iterator(StreamName, 'TRIM_HORIZON', { ShardId }))));
      }
      const all = Array.from({ length: 40 }, (_, i) => String(i));
      equal(found.toSorted(), all.toSorted());
    },
  },
];
