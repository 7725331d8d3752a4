import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, it, onTestFinished } from 'vitest';
import type { RuntimeEvent } from '../../../../infra/emulator/base/events.ts';
import { EventBus } from '../../../../infra/emulator/base/events.ts';
import { clientOptions } from '../../../../infra/emulator/stack/client-options.ts';
import { emulate } from '../support/emulate.ts';

const TableName = 'state';
const TEMPLATE = {
  Resources: {
    State: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        TableName,
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      },
    },
  },
};

it('counts the writes that damage to the store has taken, and none where nothing is damaged', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'witness-'));
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }));
  const open = async () => {
    const bus = new EventBus();
    const lost: string[] = [];
    bus.on('event', (event: RuntimeEvent) => event.type === 'notice' && event.lost && lost.push(event.lost));
    return { emulator: await emulate(TEMPLATE, {}, { stateDir, bus }), lost };
  };
  const write = async (endpoint: string, count: number) => {
    const client = new DynamoDBClient(clientOptions(endpoint));
    for (let i = 0; i < count; i += 1) {
      await client.send(
        new PutItemCommand({ TableName, Item: { id: { S: `${i}` }, x: { S: 'x'.repeat(200) } } }),
      );
    }
    client.destroy();
  };

  const first = await open();
  await write(first.emulator.endpoint, 30);
  await first.emulator.close();
  const second = await open();
  expect(second.lost).toEqual([]);
  await write(second.emulator.endpoint, 30);
  await second.emulator.close();
  const folder = join(stateDir, 'dynamodb');
  const [log = ''] = readdirSync(folder).filter((name) => name.endsWith('.log'));
  truncateSync(join(folder, log), Math.floor(statSync(join(folder, log)).size / 2));
  const { lost, emulator } = await open();
  expect(lost).toEqual([expect.stringMatching(/^1[0-9] writes to DynamoDB: .*dynamodb was damaged$/)]);
  await emulator.close();
  expect((await open()).lost).toEqual([]);
});
