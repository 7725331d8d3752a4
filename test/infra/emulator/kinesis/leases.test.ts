/** A consumer as the Kinesis Client Library is one: workers that share the shards by leases in a DynamoDB table. */
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  PutRecordsCommand,
  UpdateShardCountCommand,
} from '@aws-sdk/client-kinesis';
import { expect, it, onTestFinished, vi } from 'vitest';
import { clientOptions } from '../../../../infra/emulator/stack/client-options.ts';
import { emulate } from '../support/emulate.ts';

const StreamName = 'orders';
const TableName = 'leases';
const TEMPLATE = {
  Resources: {
    Orders: { Type: 'AWS::Kinesis::Stream', Properties: { Name: StreamName, ShardCount: 2 } },
    Leases: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        TableName,
        KeySchema: [{ AttributeName: 'leaseKey', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'leaseKey', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      },
    },
  },
};
const END = 'SHARD_END';

interface Lease {
  shard: string;
  owner: string;
  counter: number;
  checkpoint: string;
}
interface Clients {
  streams: KinesisClient;
  tables: DynamoDBClient;
}

/** Takes shards that nobody works on, whose parents have been read to the end, and reads them. */
class Worker {
  readonly seen: string[] = [];
  readonly #name: string;
  readonly #clients: Clients;

  constructor(name: string, clients: Clients) {
    this.#name = name;
    this.#clients = clients;
  }

  /** One round: at most `most` shards. @param dead workers whose leases are free */
  async work(most: number, dead: readonly string[] = []): Promise<void> {
    const { Shards = [] } = await this.#clients.streams.send(new ListShardsCommand({ StreamName }));
    const leases = new Map((await this.#leases()).map((lease) => [lease.shard, lease]));
    const isRead = (id: string | undefined) => id === undefined || leases.get(id)?.checkpoint === END;
    let taken = 0;
    for (const { ShardId = '', ParentShardId, AdjacentParentShardId } of Shards) {
      const lease = leases.get(ShardId);
      const isFree = !lease || lease.owner === this.#name || dead.includes(lease.owner);
      if (taken >= most || !isFree || lease?.checkpoint === END) continue;
      if (!isRead(ParentShardId) || !isRead(AdjacentParentShardId)) continue;
      const mine = await this.#take(ShardId, lease);
      if (mine) taken += 1;
      if (mine) await this.#read(mine);
    }
  }

  async #leases(): Promise<Lease[]> {
    const { Items = [] } = await this.#clients.tables.send(new ScanCommand({ TableName }));
    return Items.map(({ leaseKey, leaseOwner, leaseCounter, checkpoint }) => ({
      ...{ shard: leaseKey?.S ?? '', owner: leaseOwner?.S ?? '' },
      ...{ counter: Number(leaseCounter?.N), checkpoint: checkpoint?.S ?? '' },
    }));
  }

  /** Undefined where another worker was faster. */
  async #take(shard: string, before: Lease | undefined): Promise<Lease | undefined> {
    const lease = {
      shard,
      owner: this.#name,
      counter: (before?.counter ?? 0) + 1,
      checkpoint: before?.checkpoint ?? '',
    };
    return (await this.#write(lease, before?.counter)) ? lease : undefined;
  }

  async #write({ shard, owner, counter, checkpoint }: Lease, expected: number | undefined): Promise<boolean> {
    const condition =
      expected === undefined
        ? { ConditionExpression: 'attribute_not_exists(leaseKey)' }
        : {
            ConditionExpression: 'leaseCounter = :expected',
            ExpressionAttributeValues: { ':expected': { N: String(expected) } },
          };
    const Item = {
      ...{ leaseKey: { S: shard }, leaseOwner: { S: owner }, leaseCounter: { N: String(counter) } },
      checkpoint: { S: checkpoint },
    };
    try {
      await this.#clients.tables.send(new PutItemCommand({ TableName, Item, ...condition }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  async #read(lease: Lease): Promise<void> {
    const { streams } = this.#clients;
    const from = lease.checkpoint
      ? ({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: lease.checkpoint } as const)
      : ({ ShardIteratorType: 'TRIM_HORIZON' } as const);
    const input = { StreamName, ShardId: lease.shard, ...from };
    const { ShardIterator } = await streams.send(new GetShardIteratorCommand(input));
    const page = await streams.send(new GetRecordsCommand({ ShardIterator, Limit: 3 }));
    this.seen.push(...(page.Records ?? []).map(({ Data }) => Buffer.from(Data ?? []).toString()));
    const checkpoint = page.NextShardIterator ? page.Records?.at(-1)?.SequenceNumber : END;
    if (checkpoint) await this.#write({ ...lease, counter: lease.counter + 1, checkpoint }, lease.counter);
  }
}

it('workers share shards by leases, take over from one that died, and read parents before children', async () => {
  const { endpoint } = await emulate(TEMPLATE);
  const options = clientOptions(endpoint);
  const clients = { streams: new KinesisClient(options), tables: new DynamoDBClient(options) };
  onTestFinished(() => {
    clients.streams.destroy();
    clients.tables.destroy();
  });
  const put = async (prefix: string) => {
    const Records = Array.from({ length: 10 }, (_, i) => ({
      ...{ PartitionKey: String(i), Data: Buffer.from(`${prefix}${i}`) },
    }));
    await clients.streams.send(new PutRecordsCommand({ StreamName, Records }));
  };
  await put('a');
  const [one, two] = [new Worker('one', clients), new Worker('two', clients)];
  await Promise.all([one.work(1), two.work(1)]);
  expect(one.seen.length).toBeGreaterThan(0);

  const count = { StreamName, TargetShardCount: 4, ScalingType: 'UNIFORM_SCALING' } as const;
  await clients.streams.send(new UpdateShardCountCommand(count));
  await put('b');
  const all = () => [...one.seen, ...two.seen];
  // The first worker is dead from here on.
  await vi.waitUntil(
    async () => {
      await two.work(10, ['one']);
      return all().length >= 20;
    },
    { timeout: 20_000, interval: 1 },
  );
  const expected = ['a', 'b'].flatMap((prefix) => Array.from({ length: 10 }, (_, i) => `${prefix}${i}`));
  expect(all().toSorted()).toEqual(expected);
  for (let i = 0; i < 10; i += 1) expect(all().indexOf(`a${i}`)).toBeLessThan(all().indexOf(`b${i}`));
  const { Item } = await clients.tables.send(
    new GetItemCommand({ TableName, Key: { leaseKey: { S: 'shardId-000000000000' } } }),
  );
  expect(Item?.checkpoint?.S).toBe(END);
});
