/** A state table in the emulated DynamoDB, with items as the detector writes them. */
import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { onTestFinished } from 'vitest';
import { clientOptions } from '../../../../../infra/emulator/stack/client-options.ts';
import type { Severity } from '../../../../../services/contract/threshold.ts';
import { newItem, type StoredIncident, toItem } from '../../../../../services/detector/stored-incident.ts';
import { emulate } from '../../../emulator/support/emulate.ts';

const NAME = 'state';
const KEYS = ['site_id', 'device_rule'];
const TEMPLATE = {
  Resources: {
    State: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        TableName: NAME,
        KeySchema: KEYS.map((AttributeName, i) => ({ AttributeName, KeyType: i === 0 ? 'HASH' : 'RANGE' })),
        AttributeDefinitions: KEYS.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      },
    },
  },
};
const AT = '2026-01-31T09:30:05.000Z';
const SPAN = { madeFrom: AT, madeTo: AT, sentFrom: '2026-01-31 09', sentTo: '2026-01-31 09' };
const mark = { at: AT, seq: 5, arrived: 1_769_851_805, turns: 0 };

export interface Given {
  id: string;
  site?: string;
  device?: string;
  rule?: string;
  severity?: Severity;
  startedAt?: string;
}

export function firing({
  id,
  site = 'north',
  device = `dev-${id}`,
  rule = 'temperature-high',
  ...given
}: Given) {
  const { severity = 'warning', startedAt = AT } = given;
  const incident = {
    ...{ state: 'firing' as const, mark, incidentId: id, severity, startedAt, peak: 90, span: SPAN },
  };
  return { ...newItem(site, device, rule), version: 1, incident };
}

/** Nothing wrong any more: a tombstone. */
export const over = (site: string, device: string, rule = 'temperature-high'): StoredIncident => ({
  ...newItem(site, device, rule),
  ...{ version: 3, incident: { state: 'normal', mark } },
});

/** For one test. */
export async function openStateTable(items: readonly StoredIncident[]) {
  const { endpoint } = await emulate(TEMPLATE);
  const client = new DynamoDBClient(clientOptions(endpoint));
  onTestFinished(() => client.destroy());
  const requests = items.map((item) => ({ PutRequest: { Item: toItem(item, undefined) } }));
  for (let from = 0; from < requests.length; from += 25) {
    const RequestItems = { [NAME]: requests.slice(from, from + 25) };
    await client.send(new BatchWriteItemCommand({ RequestItems }));
  }
  return { client, name: NAME, endpoint };
}
