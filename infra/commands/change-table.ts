/** What commands that change a table of the stack have in common: the client, and its errors as a sentence. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { StackOutputs } from '../cli/outputs.ts';
import { withClients } from '../cli/with-clients.ts';

/**
 * @param change reads and writes whole items, unless `needs` names other calls
 * @throws UserError its own, or one that explains what DynamoDB threw
 */
export const changeTable = <T>(
  outputs: StackOutputs,
  table: string,
  change: (client: DynamoDBClient) => Promise<T>,
  needs = 'dynamodb:Query, dynamodb:PutItem',
): Promise<T> =>
  withClients(
    outputs,
    (options) => ({ dynamo: new DynamoDBClient(options) }),
    {
      service: 'DynamoDB',
      denied: `You may not change ${table} (${needs})`,
      missing: [{ when: /^ResourceNotFound/, what: `The table ${table} is not there (any more).` }],
      refused: 'DynamoDB refused the change',
    },
    ({ dynamo }) => change(dynamo),
  );
