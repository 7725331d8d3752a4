import { mkdtempSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDynamoDb } from '../../../../../infra/emulator/dynamodb/service.ts';
import { createTables } from '../../../../../infra/emulator/dynamodb/tables.ts';
import type { AwsRequest } from '../../../../../infra/emulator/wire/aws-request.ts';
import { type Gateway, startGateway } from '../../../../../infra/emulator/wire/gateway.ts';
import { createStateWatch } from '../../../../../infra/local/console/server/state-watch.ts';

const item = (state: string, more: object = {}, device = 'dev-1') => ({
  ...{
    site_id: { S: 's' },
    device_rule: { S: `${device}#hot` },
    state: { S: state },
    high_water_mark: { S: 'T' },
  },
  ...more,
});

function watched() {
  const watch = createStateWatch();
  const service = watch.watch(async () => {});
  const put = (Item: unknown, { status = 200, table = 'table', operation = 'PutItem' } = {}) => {
    const body = Buffer.from(JSON.stringify({ TableName: table, Item }));
    return service({ operation, headers: {}, body } as AwsRequest, { statusCode: status } as ServerResponse);
  };
  return { items: async () => (await watch.table('table')).items, put };
}

describe('the watch on the state table', () => {
  it('follows an item through its states', async () => {
    const { items, put } = watched();
    await put(item('pending'));
    expect(await items()).toMatchObject([{ device_id: 'dev-1', rule: 'hot', state: 'pending', outbox: [] }]);
    const open = { incident_id: { S: 'i' }, peak: { N: '91.5' }, outbox: { S: '[]' } };
    await put(item('firing', open));
    expect(await items()).toMatchObject([{ state: 'firing', incident_id: 'i', peak: 91.5 }]);
    await put(item('normal'));
    expect(await items()).toEqual([]);
  });

  it('shows an incident of a whole site as one of the site', async () => {
    const { items, put } = watched();
    await put({ ...item('firing', {}, 'north'), site_id: { S: '#sites' } });
    expect(await items()).toMatchObject([{ site_id: 'north', device_id: '*', rule: 'hot', state: 'firing' }]);
  });

  it('believes only accepted writes to this table in the expected form', async () => {
    const { items, put } = watched();
    await put(item('firing'), { status: 400 });
    await put(item('firing'), { table: 'other' });
    await put(item('firing'), { operation: 'Query' });
    await put({ anything: { S: 'else' } });
    expect(await items()).toEqual([]);
  });

  it('keeps every item: a storm is counted whole', async () => {
    const { items, put } = watched();
    for (let i = 0; i < 3_000; i += 1) await put(item('firing', {}, `dev-${i}`));
    expect(await items()).toHaveLength(3_000);
  });
});

describe('the watch on a table that is there already', () => {
  const TableName = 'state';
  let folder: string;
  let gateway: Gateway;
  let client: DynamoDBClient;
  let store: ReturnType<typeof openDynamoDb>;
  let watch: ReturnType<typeof createStateWatch>;
  let calls: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'state-watch-'));
    store = openDynamoDb(folder);
    gateway = await startGateway({
      ...{ port: 0, services: { dynamodb: store }, web: (_, response) => response.end() },
      async intercept(request, response, next) {
        calls.push(request.operation);
        await (watch?.watch(next) ?? next)(request, response);
      },
    });
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    client = new DynamoDBClient({ endpoint: gateway.endpoint, region: 'us-east-1', credentials });
    const KeySchema = [
      { AttributeName: 'site_id', KeyType: 'HASH' },
      { AttributeName: 'device_rule', KeyType: 'RANGE' },
    ];
    const AttributeDefinitions = KeySchema.map(({ AttributeName }) => ({
      AttributeName,
      AttributeType: 'S',
    }));
    const properties = { KeySchema, AttributeDefinitions };
    const table = { logicalId: 'T', type: 'AWS::DynamoDB::Table', ref: TableName, arn: '', metadata: {} };
    await createTables([{ ...table, properties }], client);
    // More than one page of a scan, which has at most 1 MB.
    const padding = { padding: { S: 'x'.repeat(390_000) } };
    for (const device of ['a', 'b', 'c', 'd'])
      await client.send(new PutItemCommand({ TableName, Item: item('firing', padding, device) }));
  });
  afterAll(async () => {
    client.destroy();
    await gateway.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const devices = async () => {
    const { items, isWhole } = await watch.table(TableName);
    return [isWhole, ...items.map(({ device_id }) => device_id).sort()];
  };

  it('reads it once, by calls that nobody counts, and sees what is deleted by hand', async () => {
    watch = createStateWatch();
    expect(await devices()).toEqual([false]);
    await client.send(new PutItemCommand({ TableName, Item: item('firing', {}, 'e') }));
    calls = [];
    expect(await devices()).toEqual([true, 'a', 'b', 'c', 'd', 'e']);
    const Key = { site_id: { S: 's' }, device_rule: { S: 'b#hot' } };
    await client.send(new DeleteItemCommand({ TableName, Key }));
    expect(await devices()).toEqual([true, 'a', 'c', 'd', 'e']);
    expect(calls).toEqual(['DeleteItem']);
  });

  it('prefers what is written while it reads', async () => {
    watch = createStateWatch();
    await client.send(new PutItemCommand({ TableName, Item: item('firing', {}, 'f') }));
    const reading = devices();
    await client.send(new PutItemCommand({ TableName, Item: item('normal', {}, 'a') }));
    await reading;
    expect(await devices()).toEqual([true, 'c', 'd', 'e', 'f']);
  });
});
