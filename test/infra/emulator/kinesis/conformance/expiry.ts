/** What is good for a time only, on a server whose clock can be set forward. */
import { base64 } from './caller.ts';
import { type Case, equal, type Page, type Shard } from './context.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const EXPIRED = 'ExpiredNextTokenException';
const INVALID = 'InvalidArgumentException';

interface Shards {
  Shards: Shard[];
  NextToken: string;
}
interface Consumers {
  Consumers: { ConsumerName: string }[];
  NextToken: string;
}
const textsOf = ({ Records }: Page) => Records.map(({ Data }) => Buffer.from(Data, 'base64').toString());

export const EXPIRY: Case[] = [
  {
    name: 'GetRecords: an iterator is good for five minutes, and then refused with both times',
    async run({ stream, call, put, iterator, pass, refused }) {
      const name = await stream();
      await put(name, 'a');
      const ShardIterator = await iterator(name, 'TRIM_HORIZON');
      await pass(299 * SECOND);
      const page = await call<Page>('GetRecords', { ShardIterator });
      equal(textsOf(page), ['a']);
      await pass(2 * SECOND);
      const time = '\\w{3} \\w{3} \\d\\d \\d\\d:\\d\\d:\\d\\d UTC \\d{4}';
      const words = `^Iterator expired\\. The iterator was created at time ${time} while right now it is ${time} which is further in the future than the tolerated delay of 300000 milliseconds\\.$`;
      await refused(call('GetRecords', { ShardIterator }), 'ExpiredIteratorException', new RegExp(words));
      // The one that the page gave is younger.
      await put(name, 'b');
      equal(textsOf(await call<Page>('GetRecords', { ShardIterator: page.NextShardIterator })), ['b']);
    },
  },
  {
    name: 'GetRecords: an iterator does not outlive its stream, even where another one has its name',
    async run({ stream, call, iterator, refused, active, until }) {
      const StreamName = await stream();
      const ShardIterator = await iterator(StreamName, 'TRIM_HORIZON');
      await call('DeleteStream', { StreamName });
      await until('the stream to be gone', () =>
        call('DescribeStreamSummary', { StreamName }).then(
          () => false,
          () => true,
        ),
      );
      const code = 'ResourceNotFoundException';
      await refused(call('GetRecords', { ShardIterator }), code);
      await call('CreateStream', { StreamName, ShardCount: 1 });
      await active(StreamName);
      await refused(call('GetRecords', { ShardIterator }), code);
    },
  },
  {
    name: 'retention: what is older than 24 hours is not read, unless the stream keeps it longer',
    async run({ stream, call, put, iterator, read, pass }) {
      const [short, long] = [await stream(), await stream()];
      await call('IncreaseStreamRetentionPeriod', { StreamName: long, RetentionPeriodHours: 48 });
      for (const name of [short, long]) await put(name, 'old');
      await pass(24 * HOUR + SECOND);
      for (const name of [short, long]) await put(name, 'new');
      const all = (name: string) => iterator(name, 'TRIM_HORIZON').then(read);
      equal([await all(short), await all(long)], [['new'], ['old', 'new']]);
    },
  },
  {
    name: 'ListShards: a token is good for 300 seconds',
    async run({ stream, call, pass, refused }) {
      const StreamName = await stream(2);
      const { NextToken } = await call<Shards>('ListShards', { StreamName, MaxResults: 1 });
      await pass(299 * SECOND);
      equal((await call<Shards>('ListShards', { NextToken })).Shards.length, 1);
      await pass(2 * SECOND);
      await refused(call('ListShards', { NextToken }), EXPIRED);
    },
  },
  {
    name: 'ListStreams: a token is good for 300 seconds',
    async run({ stream, call, pass, refused }) {
      await stream();
      await stream();
      const { NextToken } = await call<{ NextToken: string }>('ListStreams', { Limit: 1 });
      await pass(299 * SECOND);
      await call('ListStreams', { NextToken });
      await pass(2 * SECOND);
      await refused(call('ListStreams', { NextToken }), EXPIRED);
    },
  },
  {
    name: 'ListStreamConsumers: a token is good for 300 seconds, and only for its stream',
    async run({ stream, call, arnOf, pass, refused }) {
      const [name, other] = [await stream(), await stream()];
      const StreamARN = arnOf(name);
      for (const ConsumerName of ['one', 'two']) {
        await call('RegisterStreamConsumer', { StreamARN, ConsumerName });
      }
      const { NextToken } = await call<Consumers>('ListStreamConsumers', { StreamARN, MaxResults: 1 });
      await pass(299 * SECOND);
      const rest = await call<Consumers>('ListStreamConsumers', { StreamARN, NextToken });
      equal(
        rest.Consumers.map(({ ConsumerName }) => ConsumerName),
        ['two'],
      );
      await refused(call('ListStreamConsumers', { StreamARN: arnOf(other), NextToken }), INVALID);
      await pass(2 * SECOND);
      await refused(call('ListStreamConsumers', { StreamARN, NextToken }), EXPIRED);
    },
  },
  {
    name: 'a token of another operation, of a deleted stream, or beside what it already says: refused',
    async run({ stream, call, refused, arnOf }) {
      const StreamName = await stream(2);
      await stream();
      const { NextToken } = await call<Shards>('ListShards', { StreamName, MaxResults: 1 });
      const streams = await call<{ NextToken: string }>('ListStreams', { Limit: 1 });
      await refused(call('ListShards', { NextToken: streams.NextToken }), INVALID);
      await refused(call('ListStreams', { NextToken }), INVALID);
      await refused(call('ListStreamConsumers', { StreamARN: arnOf(StreamName), NextToken }), INVALID);
      await refused(call('ListShards', { NextToken: base64('{}') }), INVALID);
      const ExclusiveStartShardId = 'shardId-000000000000';
      await refused(call('ListShards', { NextToken, ExclusiveStartShardId }), INVALID);
      await refused(call('ListShards', { NextToken, StreamCreationTimestamp: 1 }), INVALID);
      await call('DeleteStream', { StreamName });
      await refused(call('ListShards', { NextToken }), 'ResourceNotFoundException');
    },
  },
];
