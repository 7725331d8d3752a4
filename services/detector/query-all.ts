/** All items of a Query, page by page. */
import {
  type AttributeValue,
  type DynamoDBClient,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/client-dynamodb';

export async function queryAll(
  client: DynamoDBClient,
  input: QueryCommandInput,
  abortSignal?: AbortSignal,
): Promise<Record<string, AttributeValue>[]> {
  const items: Record<string, AttributeValue>[] = [];
  let ExclusiveStartKey: QueryCommandInput['ExclusiveStartKey'];
  do {
    const command = new QueryCommand({ ...input, ...(ExclusiveStartKey && { ExclusiveStartKey }) });
    const page = await client.send(command, { abortSignal });
    items.push(...(page.Items ?? []));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return items;
}

/** For a Query of one partition of a table whose partitions are sites, as it is now. */
export const partitionOf = (TableName: string, partition: string): QueryCommandInput => ({
  ...{ TableName, ConsistentRead: true, KeyConditionExpression: 'site_id = :site' },
  ExpressionAttributeValues: { ':site': { S: partition } },
});
