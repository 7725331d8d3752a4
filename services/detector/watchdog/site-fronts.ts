/** How far every site has come: one Query of a sparse index, page by page. It may be a moment old. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PRESENCE_INDEX } from '../../contract/presence.ts';
import { fromIndexRow, IN_INDEX, type SiteFront } from '../presence.ts';
import { queryAll } from '../query-all.ts';

export type ReadFronts = (signal?: AbortSignal) => Promise<SiteFront[]>;

export function createFronts(client: DynamoDBClient, table: string): ReadFronts {
  const query = {
    TableName: table,
    IndexName: PRESENCE_INDEX.name,
    KeyConditionExpression: `${PRESENCE_INDEX.partitionKey} = :all`,
    ExpressionAttributeValues: { ':all': { S: IN_INDEX } },
  };
  return async (signal) => (await queryAll(client, query, signal)).map(fromIndexRow);
}
