import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startKinesis, type TestKinesis } from '../../support/kinesis.ts';
import { base64, caller } from '../conformance/caller.ts';

let server: TestKinesis;
beforeAll(async () => {
  server = await startKinesis();
});
afterAll(() => server.close());

interface Page {
  Records: { Data: string; PartitionKey: string }[];
}

/** In the order of the shard. */
async function readAll(StreamName: string): Promise<Page['Records']> {
  const call = caller(server.endpoint);
  const { ShardIterator } = await call<{ ShardIterator: string }>('GetShardIterator', {
    ...{ StreamName, ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' },
  });
  return (await call<Page>('GetRecords', { ShardIterator })).Records;
}

describe('large records', () => {
  it('are stored as they came while others are on their way in the same memory', async () => {
    await server.createStream('large');
    const call = caller(server.endpoint);
    const record = (key: number) => ({
      ...{ PartitionKey: String(key), Data: base64(Buffer.alloc(20_000 + key, key)) },
    });
    const puts = Array.from({ length: 12 }, (_, i) => [i, i + 50, i + 100].map(record));
    for (let turn = 0; turn < 2; turn += 1) {
      await Promise.all(puts.map((Records) => call('PutRecords', { StreamName: 'large', Records })));
    }
    const stored = await readAll('large');
    expect(stored).toHaveLength(72);
    for (const { Data, PartitionKey } of stored) {
      expect(
        Buffer.from(Data, 'base64').equals(Buffer.alloc(20_000 + Number(PartitionKey), Number(PartitionKey))),
      ).toBe(true);
    }
  });

  it.each([
    ['is no base64', '*', "Invalid Base64 character: '*'"],
    ['is cut off', 'A', 'multiple of 4 bytes but found: 8001'],
  ])('are refused in the words for small ones where one %s', async (_, wrong, words) => {
    await server.createStream(`wrong-${words.length}`);
    const Data = `${'A'.repeat(wrong === '*' ? 7_999 : 8_000)}${wrong}`;
    const put = { StreamName: `wrong-${words.length}`, Records: [{ PartitionKey: 'a', Data }] };
    await expect(caller(server.endpoint)('PutRecords', put)).rejects.toMatchObject({
      code: 'SerializationException',
      message: expect.stringContaining(words),
    });
    expect(await readAll(put.StreamName)).toEqual([]);
  });

  it('in place of another member are what any text there is', async () => {
    const long = 'x'.repeat(5_000);
    const call = caller(server.endpoint);
    const record = { PartitionKey: 'a', Data: 'QQ==' };
    await expect(call('PutRecords', { StreamName: long, Records: [record] })).rejects.toMatchObject({
      code: 'ValidationException',
      message: expect.stringContaining(`Value '${long}' at 'streamName'`),
    });
    await expect(call('PutRecords', { StreamName: 'large', Records: long })).rejects.toMatchObject({
      code: 'SerializationException',
      message: 'Expected list or null',
    });
  });
});
