/** The Kinesis API as the SDK and other callers of the emulator use it; `conformance` holds it to AWS' documentation. */
import {
  AddTagsToStreamCommand,
  CreateStreamCommand,
  DecreaseStreamRetentionPeriodCommand,
  DeleteStreamCommand,
  DescribeStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetResourcePolicyCommand,
  GetShardIteratorCommand,
  IncreaseStreamRetentionPeriodCommand,
  KinesisClient,
  ListShardsCommand,
  ListTagsForStreamCommand,
  MergeShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  RegisterStreamConsumerCommand,
  RemoveTagsFromStreamCommand,
  SplitShardCommand,
  SubscribeToShardCommand,
} from '@aws-sdk/client-kinesis';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { clientOptions } from '../../../../infra/emulator/stack/client-options.ts';
import { emulate } from '../support/emulate.ts';
import { caller, cborTime } from './conformance/caller.ts';

const ARN = 'arn:aws:kinesis:us-east-1:000000000000:stream/';
const StreamName = 'orders';
const ShardId = 'shardId-000000000000';

async function open() {
  const emulator = await emulate({
    Resources: {
      Orders: { Type: 'AWS::Kinesis::Stream', Properties: { Name: StreamName, ShardCount: 1 } },
    },
  });
  const client = new KinesisClient({ ...clientOptions(emulator.endpoint), maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  const put = async (text: string, name = StreamName) => {
    await client.send(new PutRecordCommand({ StreamName: name, PartitionKey: 'k', Data: Buffer.from(text) }));
  };
  const read = async (ShardIterator: string | undefined) => {
    const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }));
    return Records.map(({ Data }) => Buffer.from(Data ?? []).toString());
  };
  const iteratorAt = async (ms: number) =>
    (
      await client.send(
        new GetShardIteratorCommand({
          ...{ StreamName, ShardId, ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(ms) },
        }),
      )
    ).ShardIterator;
  return { emulator, client, put, read, iteratorAt };
}

describe('GetShardIterator at a time', () => {
  it('begins with the first record that arrived then or later, wherever that is', async () => {
    const { put, read, iteratorAt } = await open();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 1000 });
    onTestFinished(() => void vi.useRealTimers());
    const arrivals: number[] = [];
    for (let i = 0; i < 15; i += 1) {
      // Some in the same millisecond, some in the same second, some far apart.
      vi.setSystemTime(Date.now() + ([0, 0, 1, 300, 90_000][i % 5] ?? 0));
      arrivals.push(Date.now());
      await put(String(i));
    }
    const since = (ms: number) => arrivals.flatMap((arrival, i) => (arrival >= ms ? [String(i)] : []));
    for (const ms of [0, ...arrivals.flatMap((arrival) => [arrival - 1, arrival, arrival + 1])]) {
      if (ms <= Date.now()) expect(await read(await iteratorAt(ms))).toEqual(since(ms));
    }
  });

  it('is answered at once where no record is as young, and misses nothing that comes after', async () => {
    const { put, read, iteratorAt } = await open();
    const onEmpty = await Promise.all([0, Date.now() - 300_000, Date.now() - 1000].map(iteratorAt));
    await put('first');
    for (const iterator of onEmpty) expect(await read(iterator)).toEqual(['first']);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const now = await iteratorAt(Date.now());
    expect(await read(now)).toEqual([]);
    await put('second');
    expect(await read(now)).toEqual(['second']);
  });

  it('is refused for a time to come, a stream and a shard that are not there, as AWS does', async () => {
    const { client, iteratorAt } = await open();
    await expect(iteratorAt(Date.now() + 60_000)).rejects.toMatchObject({
      name: 'InvalidArgumentException',
      message: expect.stringContaining('cannot be greater than the currentTimestampInMillis'),
    });
    const input = { StreamName, ShardId, ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(0) } as const;
    for (const change of [{ StreamName: 'nobody' }, { ShardId: 'shardId-000000000007' }, { ShardId: 'x' }]) {
      const sent = client.send(new GetShardIteratorCommand({ ...input, ...change }));
      await expect(sent).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    }
    const noTime = client.send(new GetShardIteratorCommand({ ...input, Timestamp: undefined }));
    await expect(noTime).rejects.toMatchObject({ name: 'InvalidArgumentException' });
  });

  it('understands the dates of CBOR, which the clients for Java speak', async () => {
    const { emulator, put } = await open();
    const call = caller(emulator.endpoint, 'cbor');
    await put('x');
    const ask = (ms: number) =>
      call<{ ShardIterator: string }>('GetShardIterator', {
        ...{
          StreamARN: ARN + StreamName,
          ShardId,
          ShardIteratorType: 'AT_TIMESTAMP',
          Timestamp: cborTime(ms),
        },
      });
    const { ShardIterator } = await ask(Date.now() - 60_000);
    expect((await call('GetRecords', { ShardIterator })).Records).toHaveLength(1);
    await expect(ask(Date.now() + 60_000)).rejects.toMatchObject({ code: 'InvalidArgumentException' });
  });
});

describe('a stream by its ARN alone', () => {
  it('is what its name is, in every operation', async () => {
    const { client, emulator } = await open();
    const StreamARN = ARN + StreamName;
    const described = await client.send(new DescribeStreamCommand({ StreamARN }));
    expect(described.StreamDescription).toMatchObject({ StreamName, StreamARN });
    const summary = await client.send(new DescribeStreamSummaryCommand({ StreamARN }));
    expect(summary.StreamDescriptionSummary).toMatchObject({ StreamARN });
    expect((await client.send(new ListShardsCommand({ StreamARN }))).Shards).toHaveLength(1);

    const record = { PartitionKey: 'k', Data: Buffer.from('StreamARN') };
    await client.send(new PutRecordCommand({ StreamARN, ...record }));
    const many = await client.send(new PutRecordsCommand({ StreamARN, Records: [record, record] }));
    expect(many.FailedRecordCount).toBe(0);
    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand({ StreamARN, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    const { Records } = await client.send(new GetRecordsCommand({ StreamARN, ShardIterator }));
    expect(Records).toHaveLength(3);

    await client.send(new AddTagsToStreamCommand({ StreamARN, Tags: { team: 'shop' } }));
    const tags = () => client.send(new ListTagsForStreamCommand({ StreamARN })).then(({ Tags }) => Tags);
    expect(await tags()).toEqual([{ Key: 'team', Value: 'shop' }]);
    await client.send(new RemoveTagsFromStreamCommand({ StreamARN, TagKeys: ['team'] }));
    expect(await tags()).toEqual([]);
    const hours = { StreamARN, RetentionPeriodHours: 48 };
    await client.send(new IncreaseStreamRetentionPeriodCommand(hours));
    await client.send(new DecreaseStreamRetentionPeriodCommand({ ...hours, RetentionPeriodHours: 24 }));

    const half = (2n ** 127n).toString();
    await client.send(new SplitShardCommand({ StreamARN, ShardToSplit: ShardId, NewStartingHashKey: half }));
    const [ShardToMerge, AdjacentShardToMerge] = ['shardId-000000000001', 'shardId-000000000002'];
    await client.send(new MergeShardsCommand({ StreamARN, ShardToMerge, AdjacentShardToMerge }));
    await client.send(new DeleteStreamCommand({ StreamARN }));
    await expect(emulator.call('kinesis', 'Other', {})).rejects.toMatchObject({ status: 400 });
  });

  it('must be the same stream as the name and the iterator, and one that is here', async () => {
    const { client } = await open();
    await client.send(new CreateStreamCommand({ StreamName: 'other', ShardCount: 1 }));
    const input = { PartitionKey: 'k', Data: Buffer.from('x') };
    const refused = (put: object, name: string) =>
      expect(client.send(new PutRecordCommand({ ...input, ...put }))).rejects.toMatchObject({ name });
    await client.send(new PutRecordCommand({ ...input, StreamName, StreamARN: ARN + StreamName }));
    await refused({ StreamName: 'other', StreamARN: ARN + StreamName }, 'InvalidArgumentException');
    await refused({ StreamARN: `${ARN}nobody` }, 'ResourceNotFoundException');
    const elsewhere = 'arn:aws:kinesis:eu-west-1:111122223333:stream/orders';
    await refused({ StreamARN: elsewhere }, 'ResourceNotFoundException');
    await refused({ StreamARN: 'arn:aws:kinesis:orders' }, 'ValidationException');
    await refused({}, 'InvalidArgumentException');

    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: 'LATEST' }),
    );
    const read = client.send(new GetRecordsCommand({ ShardIterator, StreamARN: `${ARN}other` }));
    await expect(read).rejects.toMatchObject({ name: 'InvalidArgumentException' });
  });

  it('is in the account and region of the stack, whatever the environment says', async () => {
    vi.stubEnv('AWS_REGION', 'eu-central-1');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { client } = await open();
    const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamName }));
    expect(StreamDescription?.StreamARN).toBe(ARN + StreamName);
  });
});

it('names what it does in place of an operation that it does not do', async () => {
  const { client } = await open();
  const sent = client.send(new GetResourcePolicyCommand({ ResourceARN: ARN + StreamName }));
  await expect(sent).rejects.toMatchObject({
    name: 'UnknownOperationException',
    message: expect.stringMatching(
      /^Local Kinesis does not do GetResourcePolicy. It does .*, UpdateStreamMode$/,
    ),
  });
});

it('pushes to the SDK over HTTP/2, from a position on, until it has had enough', async () => {
  const { client, put } = await open();
  await put('before');
  const { Consumer } = await client.send(
    new RegisterStreamConsumerCommand({ StreamARN: ARN + StreamName, ConsumerName: 'fan' }),
  );
  const { EventStream = [] } = await client.send(
    new SubscribeToShardCommand({
      ...{ ConsumerARN: Consumer?.ConsumerARN, ShardId, StartingPosition: { Type: 'TRIM_HORIZON' } },
    }),
  );
  const texts: string[] = [];
  for await (const { SubscribeToShardEvent: event } of EventStream) {
    texts.push(...(event?.Records ?? []).map(({ Data }) => Buffer.from(Data ?? []).toString()));
    if (texts.length === 1) await put('after');
    if (texts.length === 2) break;
  }
  expect(texts).toEqual(['before', 'after']);
});

it('has streams called as what every object has when somebody makes them, and not before', async () => {
  const { client, put, read } = await open();
  const names = ['push', 'length', 'constructor', '__proto__', 'toString'];
  const none = { name: 'ResourceNotFoundException' };
  for (const name of names) {
    await expect(put('x', name)).rejects.toMatchObject(none);
    await client.send(new CreateStreamCommand({ StreamName: name, ShardCount: 1 }));
    await vi.waitFor(() => put('x', name));
    const asked = { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(0) } as const;
    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand({ StreamName: name, ShardId, ...asked }),
    );
    expect(await read(ShardIterator)).toEqual(['x']);
    await client.send(new DeleteStreamCommand({ StreamName: name }));
    await vi.waitFor(() => expect(put('x', name)).rejects.toMatchObject(none));
  }
});

describe('the open shards of a stream', () => {
  /** Their ranges in order, each as [start, end]. */
  const ranges = async (client: KinesisClient) => {
    const { Shards = [] } = await client.send(
      new ListShardsCommand({ StreamName, ShardFilter: { Type: 'AT_LATEST' } }),
    );
    return Shards.map(({ HashKeyRange: { StartingHashKey = '', EndingHashKey = '' } = {} }) => [
      BigInt(StartingHashKey),
      BigInt(EndingHashKey),
    ]).toSorted(([a = 0n], [b = 0n]) => (a < b ? -1 : 1));
  };
  const QUARTER = 2n ** 126n;
  const split = (shard: string, at: bigint) =>
    new SplitShardCommand({ StreamName, ShardToSplit: shard, NewStartingHashKey: at.toString() });

  it('have all hash keys after a merge that names the higher one first', async () => {
    const { client, put } = await open();
    await client.send(split(ShardId, 2n * QUARTER));
    const [AdjacentShardToMerge, ShardToMerge] = ['shardId-000000000001', 'shardId-000000000002'];
    await client.send(new MergeShardsCommand({ StreamName, ShardToMerge, AdjacentShardToMerge }));
    expect(await ranges(client)).toEqual([[0n, 4n * QUARTER - 1n]]);
    await put('one');
  });

  it('have each hash key once after calls at the same time, of which one comes too late', async () => {
    const { client } = await open();
    const calls = [split(ShardId, QUARTER), split(ShardId, 3n * QUARTER)].map((call) => client.send(call));
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(await ranges(client)).toEqual([
      [0n, QUARTER - 1n],
      [QUARTER, 4n * QUARTER - 1n],
    ]);
    const create = () => client.send(new CreateStreamCommand({ StreamName: 'twice', ShardCount: 1 }));
    const twice = await Promise.allSettled([create(), create()]);
    expect(twice.filter(({ status }) => status === 'rejected')).toHaveLength(1);
  });
});
