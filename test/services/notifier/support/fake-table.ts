/** The table of what was sent, in memory, with the one condition that the log makes. */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';

type Item = NonNullable<PutItemCommand['input']['Item']>;
const CONDITION = 'attribute_not_exists(id) OR (sent = :no AND claimed_until < :now)';

export function fakeTable(): DynamoDBClient {
  const items = new Map<string, Item>();
  const send = async (command: unknown) => {
    // Like a network: nothing is answered in the turn in which it was asked.
    await new Promise((resolve) => setImmediate(resolve));
    if (command instanceof GetItemCommand) return { Item: items.get(command.input.Key?.id?.S ?? '') };
    if (!(command instanceof PutItemCommand)) throw new Error('Expected GetItem or PutItem');
    const { Item: item = {}, ConditionExpression, ExpressionAttributeValues: values } = command.input;
    const old = items.get(item.id?.S ?? '');
    if (ConditionExpression !== undefined) {
      if (ConditionExpression !== CONDITION) throw new Error(`Unknown condition: ${ConditionExpression}`);
      const lapsed = Number(old?.claimed_until?.N) < Number(values?.[':now']?.N);
      if (old !== undefined && (old.sent?.BOOL === true || !lapsed)) {
        throw new ConditionalCheckFailedException({
          message: 'The conditional request failed',
          $metadata: {},
        });
      }
    }
    items.set(item.id?.S ?? '', item);
    return {};
  };
  return { send } as unknown as DynamoDBClient;
}
