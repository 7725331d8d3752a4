import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BatchExecuteStatementCommand,
  type BatchStatementRequest,
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
  ResourceNotFoundException,
  ScanCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { storeModule } from '../../../../infra/emulator/dynamodb/dynalite-iterators.ts';
import { type OpenedStore, openDynamoDb } from '../../../../infra/emulator/dynamodb/service.ts';
import { createTables } from '../../../../infra/emulator/dynamodb/tables.ts';
import { type Gateway, startGateway } from '../../../../infra/emulator/wire/gateway.ts';

const TableName = 'state';
let folder: string;
let emulator: OpenedStore;
let gateway: Gateway;
let client: DynamoDBClient;

const table = (ref: string, properties: Record<string, unknown>) => ({
  ...{ logicalId: ref, type: 'AWS::DynamoDB::Table', ref, arn: '', metadata: {} },
  properties,
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dynamodb-'));
  emulator = openDynamoDb(folder);
  gateway = await startGateway({ port: 0, services: { dynamodb: emulator }, web: (_, r) => r.end() });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  client = new DynamoDBClient({ endpoint: gateway.endpoint, region: 'us-east-1', credentials });
  const properties = {
    KeySchema: [{ AttributeName: 'site', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'site', AttributeType: 'S' }],
  };
  await createTables([table(TableName, properties)], client);
});
afterAll(async () => {
  client.destroy();
  await gateway.close();
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});

const query = (site: string) =>
  client.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: 'site = :site',
      ExpressionAttributeValues: { ':site': { S: site } },
    }),
  );

it('leaves no iterator of its store open, whether or not a query finds something', async () => {
  await client.send(new PutItemCommand({ TableName, Item: { site: { S: 'north' } } }));
  const close = vi.spyOn(storeModule().AbstractValueIterator.prototype, 'close');
  expect((await query('north')).Items).toHaveLength(1);
  expect((await query('south')).Items).toHaveLength(0);
  await vi.waitFor(() => expect(close).toHaveBeenCalledTimes(2));
  close.mockRestore();
});

it('gives all items of a partition in their order, and page by page, however large they are', async () => {
  const key = (AttributeName: string, KeyType: string) => ({ AttributeName, KeyType });
  const properties = {
    KeySchema: [key('site', 'HASH'), key('device', 'RANGE')],
    AttributeDefinitions: ['site', 'device'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  };
  await createTables([table('many', properties)], client);
  const names = Array.from({ length: 230 }, (_, i) => `dev-${String(i).padStart(3, '0')}`);
  const text = { S: 'x'.repeat(500) };
  const put = (device: string) =>
    client.send(
      new PutItemCommand({ TableName: 'many', Item: { site: { S: 'a' }, device: { S: device }, text } }),
    );
  await Promise.all(names.toReversed().map(put));
  const page = (more: Partial<QueryCommandInput>) =>
    client.send(
      new QueryCommand({
        ...{ TableName: 'many', KeyConditionExpression: 'site = :site' },
        ...{ ExpressionAttributeValues: { ':site': { S: 'a' } }, ...more },
      }),
    );
  const found = (answer: QueryCommandOutput) => answer.Items?.map(({ device }) => device?.S);
  expect(found(await page({}))).toEqual(names);
  const first = await page({ Limit: 150 });
  const rest = await page({ ExclusiveStartKey: first.LastEvaluatedKey });
  expect([...(found(first) ?? []), ...(found(rest) ?? [])]).toEqual(names);
  expect(found(await page({ ScanIndexForward: false, Limit: 3 }))).toEqual(names.slice(-3).toReversed());
});

describe('statements in a batch', () => {
  const insert = (site: string, table = TableName) => ({
    Statement: `INSERT INTO "${table}" VALUE {'site': ?, 'it''s': ?, 'kind': 'new'}`,
    Parameters: [{ S: site }, { N: '1' }],
  });
  const run = (...Statements: BatchStatementRequest[]) =>
    client.send(new BatchExecuteStatementCommand({ Statements }));

  it('insert what is not there, each by itself', async () => {
    await run(insert('east'));
    const { Responses } = await run(insert('west'), insert('east'), insert('west', 'none'));
    expect(Responses).toEqual([
      { TableName },
      { TableName, Error: { Code: 'DuplicateItem', Message: 'Duplicate primary key exists in table' } },
      { TableName: 'none', Error: { Code: 'ResourceNotFound', Message: 'Requested resource not found' } },
    ]);
    expect((await query('west')).Items).toEqual([
      { site: { S: 'west' }, "it's": { N: '1' }, kind: { S: 'new' } },
    ]);
  });

  it.each([
    ['another statement', `UPDATE "state" SET x = 1 WHERE site = 'east'`, /^Local DynamoDB runs INSERT INTO/],
    ['too many values', `INSERT INTO "state" VALUE {'site': ?}`, /^Number of parameters/],
    ['a value of another form', `INSERT INTO "state" VALUE {'site': [1]}`, /^Expected 'name': \? or a value/],
    ['no key', `INSERT INTO "state" VALUE {'x': ?, 'y': ?}`, /Missing the key site in the item/],
  ])('are refused with %s, and their neighbours are not', async (_, Statement, message) => {
    const wrong = { Statement, Parameters: [{ S: 'east' }, { S: 'x' }] };
    const { Responses: [refused, done] = [] } = await run(wrong, insert(Statement));
    expect(refused?.Error).toMatchObject({
      Code: 'ValidationError',
      Message: expect.stringMatching(message),
    });
    expect(done).toEqual({ TableName });
  });

  it('are refused as a whole where they are too many', async () => {
    const many = Array.from({ length: 26 }, (_, i) => insert(`many-${i}`));
    await expect(run(...many)).rejects.toThrow(/Member must have length less than or equal to 25/);
  });
});

it('has the indexes of the template, and gives a table of an earlier version those that it lacks', async () => {
  const KeySchema = [{ AttributeName: 'site', KeyType: 'HASH' }];
  const attribute = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' });
  const earlier = { KeySchema, AttributeDefinitions: [attribute('site')] };
  await createTables([table('grown', earlier)], client);
  for (const site of ['north', 'south']) {
    const Item = { site: { S: site }, ...(site === 'north' && { kind: { S: 'front' } }), size: { N: '3' } };
    await client.send(new PutItemCommand({ TableName: 'grown', Item }));
  }
  const index = {
    IndexName: 'kinds',
    KeySchema: [{ AttributeName: 'kind', KeyType: 'HASH' }],
    Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['size'] },
  };
  const AttributeDefinitions = [attribute('site'), attribute('kind')];
  const now = { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes: [index] };
  // The second time there is nothing left to do.
  for (let start = 0; start < 2; start += 1) await createTables([table('grown', now)], client);
  const found = await client.send(
    new QueryCommand({
      ...{ TableName: 'grown', IndexName: 'kinds', KeyConditionExpression: 'kind = :kind' },
      ExpressionAttributeValues: { ':kind': { S: 'front' } },
    }),
  );
  expect(found.Items).toEqual([{ site: { S: 'north' }, kind: { S: 'front' }, size: { N: '3' } }]);
  expect((await client.send(new ScanCommand({ TableName: 'grown' }))).Count).toBe(2);
});

/** As the Kinesis Client Library does with its leases, on a table that is billed on demand. */
it('adds an index to a table in use, keeps it up to date, and takes it away', async () => {
  const hash = (AttributeName: string) => ({ AttributeName, KeyType: 'HASH' }) as const;
  const text = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' }) as const;
  const of = { TableName: 'leases' };
  const create = { ...of, KeySchema: [hash('lease')], AttributeDefinitions: [text('lease')] };
  await client.send(new CreateTableCommand({ ...create, BillingMode: 'PAY_PER_REQUEST' }));
  const put = (lease: string, owner: string) =>
    client.send(new PutItemCommand({ ...of, Item: { lease: { S: lease }, owner: { S: owner } } }));
  await vi.waitFor(async () => {
    const { Table } = await client.send(new DescribeTableCommand(of));
    expect(Table?.TableStatus).toBe('ACTIVE');
  });
  await Promise.all(['s-0', 's-1', 's-2'].map((lease) => put(lease, 'ann')));
  const IndexName = 'by-owner';
  const index = {
    IndexName,
    KeySchema: [hash('owner')],
    Projection: { ProjectionType: 'KEYS_ONLY' as const },
  };
  const [{ TableDescription }] = await Promise.all([
    client.send(
      new UpdateTableCommand({
        ...of,
        AttributeDefinitions: [text('lease'), text('owner')],
        GlobalSecondaryIndexUpdates: [{ Create: index }],
      }),
    ),
    put('s-1', 'bob'),
  ]);
  expect(TableDescription?.GlobalSecondaryIndexes).toMatchObject([{ IndexName, IndexStatus: 'ACTIVE' }]);
  await put('s-2', 'cid');
  const owned = async (owner: string) => {
    const ExpressionAttributeValues = { ':owner': { S: owner } };
    const KeyConditionExpression = '#owner = :owner';
    const ExpressionAttributeNames = { '#owner': 'owner' };
    const query = { ...of, IndexName, KeyConditionExpression, ExpressionAttributeNames };
    const { Items } = await client.send(new QueryCommand({ ...query, ExpressionAttributeValues }));
    return Items?.map(({ lease }) => lease?.S);
  };
  expect([await owned('ann'), await owned('bob'), await owned('cid')]).toEqual([['s-0'], ['s-1'], ['s-2']]);
  const Delete = { IndexName };
  await client.send(new UpdateTableCommand({ ...of, GlobalSecondaryIndexUpdates: [{ Delete }] }));
  await expect(owned('ann')).rejects.toThrow(/index/);
  expect((await client.send(new ScanCommand(of))).Count).toBe(3);
  await expect(
    client.send(
      new UpdateTableCommand({ TableName: 'nowhere', GlobalSecondaryIndexUpdates: [{ Create: index }] }),
    ),
  ).rejects.toThrow(ResourceNotFoundException);
});
