/** Records in, records out: order, iterators of all types, and what an answer says. */
import { base64, cborTime } from './caller.ts';
import {
  type Case,
  equal,
  FIRST_SHARD,
  HALF_HASH,
  HIGHEST_HASH,
  type Page,
  type PutMany,
  yes,
} from './context.ts';

const record = (text: string, PartitionKey = 'key') => ({ PartitionKey, Data: base64(text) });

export const READING: Case[] = [
  {
    name: 'TRIM_HORIZON: everything, in the order in which it was put',
    async run({ stream, put, iterator, read }) {
      const name = await stream();
      for (const text of ['a', 'b', 'c']) await put(name, text);
      equal(await read(await iterator(name, 'TRIM_HORIZON')), ['a', 'b', 'c']);
    },
  },
  {
    name: 'LATEST: only what comes after',
    async run({ stream, put, iterator, read }) {
      const name = await stream();
      await put(name, 'before');
      const latest = await iterator(name, 'LATEST');
      equal(await read(latest), []);
      await put(name, 'after');
      equal(await read(latest), ['after']);
    },
  },
  {
    name: 'AT_ and AFTER_SEQUENCE_NUMBER: with the record, and after it',
    async run({ stream, put, iterator, read }) {
      const name = await stream();
      await put(name, 'a');
      const { SequenceNumber: StartingSequenceNumber } = await put(name, 'b');
      await put(name, 'c');
      equal(await read(await iterator(name, 'AT_SEQUENCE_NUMBER', { StartingSequenceNumber })), ['b', 'c']);
      equal(await read(await iterator(name, 'AFTER_SEQUENCE_NUMBER', { StartingSequenceNumber })), ['c']);
    },
  },
  {
    name: "AT_SEQUENCE_NUMBER: the shard's own starting number is its beginning",
    async run({ stream, put, iterator, read, shards }) {
      const name = await stream();
      await put(name, 'a');
      const [shard] = await shards(name);
      const StartingSequenceNumber = shard?.SequenceNumberRange.StartingSequenceNumber;
      equal(await read(await iterator(name, 'AT_SEQUENCE_NUMBER', { StartingSequenceNumber })), ['a']);
    },
  },
  {
    name: 'AT_TIMESTAMP: the first record that arrived then or later',
    async run({ stream, put, iterator, read, call, until }) {
      const name = await stream();
      await put(name, 'a');
      const start = Date.now();
      await until('the next millisecond', async () => Date.now() > start + 20);
      await put(name, 'b');
      const page = await call<Page>('GetRecords', { ShardIterator: await iterator(name, 'TRIM_HORIZON') });
      const Timestamp = page.Records[1]?.ApproximateArrivalTimestamp;
      equal(await read(await iterator(name, 'AT_TIMESTAMP', { Timestamp })), ['b']);
      equal(await read(await iterator(name, 'AT_TIMESTAMP', { Timestamp: 0 })), ['a', 'b']);
    },
  },
  {
    name: 'AT_TIMESTAMP: answers where no record is as young, and misses nothing later',
    async run({ stream, put, iterator, read, until }) {
      const name = await stream();
      await put(name, 'old');
      const start = Date.now();
      await until('a later moment', async () => Date.now() > start + 20);
      const now = await iterator(name, 'AT_TIMESTAMP', { Timestamp: Date.now() / 1000 });
      equal(await read(now), []);
      await put(name, 'new');
      equal(await read(now), ['new']);
    },
  },
  {
    name: 'AT_TIMESTAMP: a time to come is refused',
    async run({ stream, iterator, refused }) {
      const Timestamp = Math.floor(Date.now() / 1000) + 600;
      await refused(
        iterator(await stream(), 'AT_TIMESTAMP', { Timestamp }),
        'InvalidArgumentException',
        /^The timestampInMillis parameter cannot be greater than the currentTimestampInMillis\. timestampInMillis: \d+, currentTimestampInMillis: \d+$/,
      );
    },
  },
  {
    name: 'AT_TIMESTAMP without a time, AT_SEQUENCE_NUMBER without a number, LATEST with one: refused',
    async run({ stream, put, iterator, refused }) {
      const name = await stream();
      const { SequenceNumber: StartingSequenceNumber } = await put(name, 'a');
      const code = 'InvalidArgumentException';
      await refused(iterator(name, 'AT_TIMESTAMP'), code, /^Must specify timestampInMillis parameter/);
      await refused(
        iterator(name, 'AT_SEQUENCE_NUMBER'),
        code,
        /^Must either specify \(1\) AT_SEQUENCE_NUMBER or/,
      );
      await refused(
        iterator(name, 'LATEST', { StartingSequenceNumber }),
        code,
        /Request specified LATEST and also a StartingSequenceNumber\.$/,
      );
    },
  },
  {
    name: 'a sequence number of another shard or stream is refused',
    async run({ stream, put, iterator, refused }) {
      const [one, two] = [await stream(2), await stream(1)];
      const { SequenceNumber } = await put(one, 'a', { ExplicitHashKey: HIGHEST_HASH });
      const at = { StartingSequenceNumber: SequenceNumber };
      await refused(
        iterator(one, 'AT_SEQUENCE_NUMBER', at),
        'InvalidArgumentException',
        'Invalid StartingSequenceNumber. It encodes shardId-000000000001, while it was used in a call to a shard with shardId-000000000000',
      );
      await refused(
        iterator(two, 'AFTER_SEQUENCE_NUMBER', { StartingSequenceNumber: '5' }),
        'InvalidArgumentException',
      );
    },
  },
  {
    name: 'GetRecords: Limit is kept, and the next iterator goes on from there',
    async run({ stream, call, iterator, read }) {
      const StreamName = await stream();
      await call('PutRecords', { StreamName, Records: ['a', 'b', 'c'].map((text) => record(text)) });
      const page = await call<Page>('GetRecords', {
        ShardIterator: await iterator(StreamName, 'TRIM_HORIZON'),
        Limit: 2,
      });
      equal(page.Records.length, 2);
      equal(await read(page.NextShardIterator ?? ''), ['c']);
    },
  },
  {
    name: 'GetRecords: a record says its key, its number and when it arrived',
    async run({ stream, put, call, iterator }) {
      const name = await stream();
      const before = Date.now();
      const { SequenceNumber } = await put(name, 'a', { PartitionKey: 'Schlüssel' });
      const page = await call<Page>('GetRecords', { ShardIterator: await iterator(name, 'TRIM_HORIZON') });
      const [found] = page.Records;
      equal(found?.PartitionKey, 'Schlüssel');
      equal(found?.SequenceNumber, SequenceNumber);
      const arrival = (found?.ApproximateArrivalTimestamp ?? 0) * 1000;
      yes(arrival >= before - 1000 && arrival <= Date.now() + 1000, String(arrival));
    },
  },
  {
    name: 'GetRecords: MillisBehindLatest is above 0 until the end, and 0 there',
    async run({ stream, call, iterator, until }) {
      const StreamName = await stream();
      await call('PutRecords', { StreamName, Records: ['a', 'b'].map((text) => record(text)) });
      const start = Date.now();
      await until('time to pass', async () => Date.now() > start + 20);
      const ShardIterator = await iterator(StreamName, 'TRIM_HORIZON');
      const first = await call<Page>('GetRecords', { ShardIterator, Limit: 1 });
      yes(first.MillisBehindLatest > 0, String(first.MillisBehindLatest));
      const last = await call<Page>('GetRecords', { ShardIterator: first.NextShardIterator });
      equal(last.MillisBehindLatest, 0);
    },
  },
  {
    name: 'GetRecords: at most 10 MiB in an answer',
    async run({ stream, call, iterator }) {
      const StreamName = await stream(1);
      const Data = base64(Buffer.alloc(1_000_000, 'x'));
      for (let i = 0; i < 12; i += 1) {
        for (;;) {
          const { FailedRecordCount } = await call<PutMany>('PutRecords', {
            StreamName,
            Records: [{ PartitionKey: 'k', Data }],
          });
          if (!FailedRecordCount) break;
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
      }
      const page = await call<Page>('GetRecords', {
        ShardIterator: await iterator(StreamName, 'TRIM_HORIZON'),
      });
      yes(page.Records.length >= 1 && page.Records.length <= 10, `${page.Records.length} records`);
    },
  },
  {
    name: 'GetRecords: an iterator that nobody gave is refused',
    run: ({ call, refused }) =>
      refused(
        call('GetRecords', { ShardIterator: 'invented' }),
        'InvalidArgumentException',
        'Invalid ShardIterator.',
      ),
  },
  {
    name: 'PutRecord: sequence numbers rise, and lie in the range of their shard',
    async run({ stream, put, shards }) {
      const name = await stream();
      const numbers = [];
      for (const text of ['a', 'b', 'c']) numbers.push(BigInt((await put(name, text)).SequenceNumber));
      const [shard] = await shards(name);
      const start = BigInt(shard?.SequenceNumberRange.StartingSequenceNumber ?? '0');
      equal(
        [start, ...numbers].toSorted((a, b) => (a < b ? -1 : 1)),
        [start, ...numbers],
      );
      equal(new Set(numbers).size, 3);
    },
  },
  {
    name: 'PutRecord: a partition key goes to the shard of its MD5, an explicit hash key overrides it',
    async run({ stream, put }) {
      const name = await stream(2);
      // MD5 of `a` begins with 0c, that of `b` with 92.
      equal((await put(name, 'x', { PartitionKey: 'a' })).ShardId, FIRST_SHARD);
      equal((await put(name, 'x', { PartitionKey: 'b' })).ShardId, 'shardId-000000000001');
      equal((await put(name, 'x', { PartitionKey: 'b', ExplicitHashKey: '0' })).ShardId, FIRST_SHARD);
      equal((await put(name, 'x', { ExplicitHashKey: HALF_HASH })).ShardId, 'shardId-000000000001');
    },
  },
  {
    name: 'PutRecord: a SequenceNumberForOrdering that is none is refused',
    async run({ stream, put, refused }) {
      const name = await stream();
      const { SequenceNumber } = await put(name, 'a');
      await put(name, 'b', { SequenceNumberForOrdering: SequenceNumber });
      await refused(
        put(name, 'c', { SequenceNumberForOrdering: '12' }),
        'InvalidArgumentException',
        new RegExp(
          `^ExclusiveMinimumSequenceNumber 12 used in PutRecord on stream ${name} under account \\d{12} is invalid\\.$`,
        ),
      );
    },
  },
  {
    name: 'PutRecords: an answer for each record, in the order of the request',
    async run({ stream, call }) {
      const StreamName = await stream(2);
      const Records = ['b', 'a', 'b'].map((key) => record('x', key));
      const answer = await call<PutMany>('PutRecords', { StreamName, Records });
      equal(answer.FailedRecordCount ?? 0, 0);
      const [one, two] = ['shardId-000000000001', FIRST_SHARD];
      equal(
        answer.Records.map(({ ShardId }) => ShardId),
        [one, two, one],
      );
    },
  },
  {
    name: 'CBOR: put, read and times as the Java clients send them',
    async run({ stream, cbor }) {
      const StreamName = await stream();
      const bytes = new Uint8Array([0, 255, 10]);
      await cbor('PutRecord', { StreamName, PartitionKey: 'k', Data: bytes });
      const { ShardIterator } = await cbor<{ ShardIterator: string }>('GetShardIterator', {
        StreamName,
        ShardId: FIRST_SHARD,
        ShardIteratorType: 'AT_TIMESTAMP',
        Timestamp: cborTime(Date.now() - 60_000),
      });
      const { Records } = await cbor<{ Records: { Data: Uint8Array }[] }>('GetRecords', { ShardIterator });
      equal(Records.length, 1);
      const [{ Data } = { Data: new Uint8Array() }] = Records;
      equal([...Data], [...bytes]);
    },
  },
  {
    name: 'CBOR: a time in an answer is a tagged number of milliseconds',
    async run({ stream, cbor }) {
      const StreamName = await stream();
      const { StreamDescriptionSummary: summary } = await cbor<{
        StreamDescriptionSummary: { StreamCreationTimestamp: { tag: number; value: number | bigint } };
      }>('DescribeStreamSummary', { StreamName });
      const { tag, value } = summary.StreamCreationTimestamp;
      equal(tag, 1);
      yes(Math.abs(Number(value) - Date.now()) < 60_000, String(value));
    },
  },
  {
    name: 'CBOR: a refusal is readable',
    run: ({ cbor, refused }) =>
      refused(cbor('DescribeStream', { StreamName: 'nobody' }), 'ResourceNotFoundException'),
  },
];
