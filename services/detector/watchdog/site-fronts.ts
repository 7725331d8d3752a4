/** How far every site has come: one Query of a sparse index, page by page. It may be a moment old. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PRESENCE_INDEX } from '../../contract/presence.ts';
import { UnreadableItem } from '../item.ts';
import { fromIndexRow, IN_INDEX, type SiteFront } from '../presence.ts';
import { queryAll } from '../query-all.ts';

/** One that cannot be read harms no other. */
export type ReadFronts = (
  signal?: AbortSignal,
) => Promise<{ sites: SiteFront[]; unreadable: UnreadableItem[] }>;

export function createFronts(client: DynamoDBClient, table: string): ReadFronts {
  const query = {
    TableName: table,
    IndexName: PRESENCE_INDEX.name,
    KeyConditionExpression: `${PRESENCE_INDEX.partitionKey} = :all`,
    ExpressionAttributeValues: { ':all': { S: IN_INDEX } },
  };
  return async (signal) => {
    const sites: SiteFront[] = [];
    const unreadable: UnreadableItem[] = [];
    for (const row of await queryAll(client, query, signal)) {
      try {
        sites.push(fromIndexRow(row));
      } catch (error) {
        if (!(error instanceof UnreadableItem)) throw error;
        unreadable.push(error);
      }
    }
    return { sites, unreadable };
  };
}
