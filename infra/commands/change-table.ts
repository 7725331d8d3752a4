/** What commands that change a table of the stack have in common: the client, and its errors as a sentence. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { explainAws } from '../cli/aws-problem.ts';
import { clientOptions } from '../cli/client-options.ts';
import type { StackOutputs } from '../cli/outputs.ts';
import { UserError } from '../cli/user-error.ts';

/** Short, so that a machine without a network fails soon. */
const MAX_ATTEMPTS = 2;

/**
 * @param change reads and writes whole items, unless `needs` names other calls
 * @throws UserError its own, or one that explains what DynamoDB threw
 */
export async function changeTable<T>(
  outputs: StackOutputs,
  table: string,
  change: (client: DynamoDBClient) => Promise<T>,
  needs = 'dynamodb:Query, dynamodb:PutItem',
): Promise<T> {
  const client = new DynamoDBClient({ ...clientOptions(outputs), maxAttempts: MAX_ATTEMPTS });
  try {
    return await change(client);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw explainAws(error, {
      service: 'DynamoDB',
      endpoint: outputs.Endpoint,
      denied: `You may not change ${table} (${needs})`,
      missing: [{ when: /^ResourceNotFound/, what: `The table ${table} is not there (any more).` }],
      refused: 'DynamoDB refused the change',
    });
  } finally {
    client.destroy();
  }
}
