/** Streams, lists in pages, tags, retention, encryption, consumers: everything but records. */
import { type Case, equal, FIRST_SHARD, type Shard, yes } from './context.ts';

interface Described {
  StreamDescription: Record<string, unknown> & { Shards: Shard[] };
}
interface Summary {
  StreamDescriptionSummary: Record<string, unknown>;
}
interface ConsumerAnswer {
  Consumer: { ConsumerARN: string; ConsumerStatus: string; ConsumerName: string };
}

export const ADMINISTRATION: Case[] = [
  {
    name: 'DescribeStream and DescribeStreamSummary: what AWS says of a new stream',
    async run({ stream, call, arnOf }) {
      const StreamName = await stream(2);
      const { StreamDescription: all } = await call<Described>('DescribeStream', { StreamName });
      const { StreamDescriptionSummary: summary } = await call<Summary>('DescribeStreamSummary', {
        StreamName,
      });
      const common = {
        ...{ StreamName, StreamARN: arnOf(StreamName), StreamStatus: 'ACTIVE', RetentionPeriodHours: 24 },
        ...{ EnhancedMonitoring: [{ ShardLevelMetrics: [] }], EncryptionType: 'NONE' },
        StreamModeDetails: { StreamMode: 'PROVISIONED' },
      };
      for (const [key, value] of Object.entries(common)) {
        equal([key, all[key]], [key, value]);
        equal([key, summary[key]], [key, value]);
      }
      equal([all.Shards.length, all.HasMoreShards], [2, false]);
      equal([summary.OpenShardCount, summary.ConsumerCount], [2, 0]);
      yes(Math.abs(Number(summary.StreamCreationTimestamp) - Date.now() / 1000) < 60);
    },
  },
  {
    name: 'DescribeStream: pages by Limit and ExclusiveStartShardId',
    async run({ stream, call }) {
      const StreamName = await stream(3);
      const page = async (input: object) =>
        (await call<Described>('DescribeStream', { StreamName, ...input })).StreamDescription;
      const first = await page({ Limit: 2 });
      equal([first.Shards.length, first.HasMoreShards], [2, true]);
      const rest = await page({ ExclusiveStartShardId: first.Shards.at(-1)?.ShardId });
      equal(
        [rest.Shards.map(({ ShardId }) => ShardId), rest.HasMoreShards],
        [['shardId-000000000002'], false],
      );
    },
  },
  {
    name: 'ListShards: pages by MaxResults and NextToken',
    async run({ stream, call }) {
      interface Page {
        Shards: Shard[];
        NextToken?: string | null;
      }
      const StreamName = await stream(3);
      const first = await call<Page>('ListShards', { StreamName, MaxResults: 2 });
      equal(first.Shards.length, 2);
      const { NextToken } = first;
      const rest = await call<Page>('ListShards', { NextToken, MaxResults: 2 });
      equal(
        [rest.Shards.map(({ ShardId }) => ShardId), rest.NextToken ?? null],
        [['shardId-000000000002'], null],
      );
    },
  },
  {
    name: 'ListShards: a token and a name together, neither of them, or an invented token: refused',
    async run({ stream, call, refused }) {
      const StreamName = await stream(2);
      const { NextToken } = await call<{ NextToken: string }>('ListShards', { StreamName, MaxResults: 1 });
      const code = 'InvalidArgumentException';
      const both = 'NextToken and StreamName cannot be provided together.';
      await refused(call('ListShards', { StreamName, NextToken }), code, both);
      await refused(call('ListShards', {}), code);
      await refused(call('ListShards', { NextToken: 'x' }), code);
    },
  },
  {
    name: 'ListStreams: pages by Limit, with what the next page needs',
    async run({ stream, call }) {
      const names = [await stream(), await stream(), await stream()].toSorted();
      const found: string[] = [];
      for (let more = true, ExclusiveStartStreamName: string | undefined; more; ) {
        const page = await call<{ StreamNames: string[]; HasMoreStreams: boolean }>('ListStreams', {
          ...{ Limit: 2, ExclusiveStartStreamName },
        });
        yes(page.StreamNames.length <= 2);
        found.push(...page.StreamNames);
        ExclusiveStartStreamName = page.StreamNames.at(-1);
        more = page.HasMoreStreams;
      }
      equal(
        found.filter((name) => names.includes(name)),
        names,
      );
    },
  },
  {
    name: 'ListStreams: summaries, and a token for the next page',
    async run({ stream, call, arnOf }) {
      const name = await stream();
      await stream();
      interface Page {
        StreamSummaries: { StreamName: string; StreamARN: string; StreamStatus: string }[];
        NextToken?: string;
      }
      const all: Page['StreamSummaries'] = [];
      for (let NextToken: string | undefined, first = true; first || NextToken; first = false) {
        const page: Page = await call<Page>('ListStreams', { Limit: 1, NextToken });
        all.push(...page.StreamSummaries);
        ({ NextToken } = page);
      }
      const found = all.find(({ StreamName }) => StreamName === name);
      equal([found?.StreamARN, found?.StreamStatus], [arnOf(name), 'ACTIVE']);
    },
  },
  {
    name: 'a stream may be named by its ARN, and both must mean the same',
    async run({ stream, call, arnOf, refused, put, iterator }) {
      const name = await stream();
      const StreamARN = arnOf(name);
      await put(name, 'a', { StreamName: undefined, StreamARN });
      await call('DescribeStream', { StreamARN });
      await call('ListShards', { StreamARN });
      const ShardIterator = await iterator(name, 'TRIM_HORIZON', { StreamName: undefined, StreamARN });
      await call('GetRecords', { StreamARN, ShardIterator });
      await refused(put(await stream(), 'x', { StreamARN }), 'InvalidArgumentException');
    },
  },
  {
    name: 'DeleteStream: the stream and what it held are gone',
    async run({ stream, call, refused, put, until, active, iterator, read }) {
      const StreamName = await stream();
      await put(StreamName, 'old');
      await call('DeleteStream', { StreamName });
      await until('the end', () =>
        call('DescribeStream', { StreamName }).then(
          () => false,
          () => true,
        ),
      );
      await refused(put(StreamName, 'x'), 'ResourceNotFoundException');
      await call('CreateStream', { StreamName, ShardCount: 1 });
      await active(StreamName);
      equal(await read(await iterator(StreamName, 'TRIM_HORIZON')), []);
    },
  },
  {
    name: 'tags: added, listed in pages, removed',
    async run({ stream, call }) {
      const StreamName = await stream();
      await call('AddTagsToStream', { StreamName, Tags: { b: '2', a: '1', c: '' } });
      const list = (input: object) =>
        call<{ Tags: { Key: string; Value: string }[]; HasMoreTags: boolean }>('ListTagsForStream', {
          ...{ StreamName, ...input },
        });
      const first = await list({ Limit: 2 });
      equal(
        [first.Tags, first.HasMoreTags],
        [
          [
            { Key: 'a', Value: '1' },
            { Key: 'b', Value: '2' },
          ],
          true,
        ],
      );
      equal((await list({ ExclusiveStartTagKey: 'b' })).Tags, [{ Key: 'c', Value: '' }]);
      await call('RemoveTagsFromStream', { StreamName, TagKeys: ['a', 'b'] });
      equal((await list({})).Tags.length, 1);
    },
  },
  {
    name: 'tags by resource ARN: TagResource, ListTagsForResource, UntagResource',
    async run({ stream, call, arnOf }) {
      const ResourceARN = arnOf(await stream());
      await call('TagResource', { ResourceARN, Tags: { team: 'a' } });
      const list = async () => (await call<{ Tags: object[] }>('ListTagsForResource', { ResourceARN })).Tags;
      equal(await list(), [{ Key: 'team', Value: 'a' }]);
      await call('UntagResource', { ResourceARN, TagKeys: ['team'] });
      equal(await list(), []);
    },
  },
  {
    name: 'retention: longer and shorter within 24 hours and a year, in the right direction',
    async run({ stream, call, refused }) {
      const StreamName = await stream();
      const set = (way: string, RetentionPeriodHours: number) =>
        call(`${way}StreamRetentionPeriod`, { StreamName, RetentionPeriodHours });
      const code = 'InvalidArgumentException';
      await set('Increase', 168);
      await refused(
        set('Increase', 48),
        code,
        `Requested retention period (48 hours) for stream ${StreamName} can not be shorter than existing retention period (168 hours). Use DecreaseRetentionPeriod API.`,
      );
      await set('Decrease', 24);
      await refused(
        set('Decrease', 23),
        code,
        'Minimum allowed retention period is 24 hours. Requested retention period (23 hours) is too short.',
      );
      await refused(set('Increase', 8761), code, /^Maximum allowed retention period is 8760 hours\./);
    },
  },
  {
    name: 'encryption: accepted, described, and ended',
    async run({ stream, call, active }) {
      const StreamName = await stream();
      const input = { StreamName, EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' };
      const described = async () => {
        await active(StreamName);
        const { StreamDescriptionSummary: summary } = await call<Summary>('DescribeStreamSummary', {
          StreamName,
        });
        return summary.EncryptionType;
      };
      await call('StartStreamEncryption', input);
      equal(await described(), 'KMS');
      await call('StopStreamEncryption', input);
      equal(await described(), 'NONE');
    },
  },
  {
    name: 'enhanced monitoring: what was and what will be',
    async run({ stream, call }) {
      const StreamName = await stream();
      const input = { StreamName, ShardLevelMetrics: ['IncomingBytes'] };
      const on = await call('EnableEnhancedMonitoring', input);
      equal([on.CurrentShardLevelMetrics, on.DesiredShardLevelMetrics], [[], ['IncomingBytes']]);
      const off = await call('DisableEnhancedMonitoring', { ...input, ShardLevelMetrics: ['ALL'] });
      equal([off.CurrentShardLevelMetrics, off.DesiredShardLevelMetrics], [['IncomingBytes'], []]);
    },
  },
  {
    name: 'DescribeLimits: how many shards there are, and may be',
    async run({ stream, call }) {
      await stream(3);
      const { OpenShardCount, ShardLimit } = await call('DescribeLimits', {});
      yes(Number(OpenShardCount) >= 3 && Number(ShardLimit) >= Number(OpenShardCount));
    },
  },
  {
    name: 'consumers: registered, described by name and by ARN, listed, deregistered',
    async run({ stream, call, arnOf, refused, until }) {
      const StreamARN = arnOf(await stream());
      const { Consumer } = await call<ConsumerAnswer>('RegisterStreamConsumer', {
        StreamARN,
        ConsumerName: 'c',
      });
      const { ConsumerARN } = Consumer;
      yes(ConsumerARN.startsWith(`${StreamARN}/consumer/c:`), ConsumerARN);
      const describe = async (input: object) =>
        (await call<{ ConsumerDescription: Record<string, unknown> }>('DescribeStreamConsumer', input))
          .ConsumerDescription;
      await until(
        'an ACTIVE consumer',
        async () => (await describe({ ConsumerARN })).ConsumerStatus === 'ACTIVE',
      );
      equal((await describe({ StreamARN, ConsumerName: 'c' })).ConsumerARN, ConsumerARN);
      const again = call('RegisterStreamConsumer', { StreamARN, ConsumerName: 'c' });
      await refused(again, 'ResourceInUseException');
      const list = async () =>
        (await call<{ Consumers: object[] }>('ListStreamConsumers', { StreamARN })).Consumers.length;
      equal(await list(), 1);
      await call('DeregisterStreamConsumer', { ConsumerARN });
      await until('no consumer', async () => (await list()) === 0);
      await refused(call('DescribeStreamConsumer', { ConsumerARN }), 'ResourceNotFoundException');
    },
  },
  {
    name: 'SubscribeToShard: a consumer that is not registered is not found',
    async run({ stream, call, arnOf, refused }) {
      const ConsumerARN = `${arnOf(await stream())}/consumer/nobody:1`;
      const input = { ConsumerARN, ShardId: FIRST_SHARD, StartingPosition: { Type: 'LATEST' } };
      await refused(call('SubscribeToShard', input), 'ResourceNotFoundException');
    },
  },
];
