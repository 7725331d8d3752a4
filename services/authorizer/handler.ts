/** The Lambda function: it reads one item of one table, and nothing else. */
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { TOKEN_COLUMNS } from '../contract/site-token.ts';
import { createAuthorizer } from './authorize.ts';

const TableName = process.env.TOKENS_TABLE_NAME ?? '';
if (TableName === '') throw new Error('Expected TOKENS_TABLE_NAME');

// A sender waits for it: two short attempts, then API Gateway answers 500 and the sender tries again.
const dynamo = new DynamoDBClient({
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 1500, throwOnRequestTimeout: true },
});

export const handler = createAuthorizer(async (hash) => {
  const { Item } = await dynamo.send(
    new GetItemCommand({
      ...{ TableName, Key: { [TOKEN_COLUMNS.hash]: { S: hash } } },
      // A token that has just been revoked is not let through.
      ConsistentRead: true,
    }),
  );
  return Item?.[TOKEN_COLUMNS.site]?.S;
});
