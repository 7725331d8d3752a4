import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { storeModule } from '../../../../infra/emulator/dynamodb/dynalite-iterators.ts';
import { createTables, openDynamoDb } from '../../../../infra/emulator/dynamodb/service.ts';
import { type Gateway, startGateway } from '../../../../infra/emulator/wire/gateway.ts';
import type { WrappedServer } from '../../../../infra/emulator/wire/wrapped-server.ts';

const TableName = 'state';
let folder: string;
let emulator: WrappedServer;
let gateway: Gateway;
let client: DynamoDBClient;

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
  const resource = {
    metadata: {},
    logicalId: 'Table',
    type: 'AWS::DynamoDB::Table',
    ref: TableName,
    arn: '',
    properties,
  };
  await createTables([resource], client);
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
