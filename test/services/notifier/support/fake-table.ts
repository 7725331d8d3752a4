/** The table of what was sent, in memory, with the one condition that the log makes, and the updates that it writes. */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  ScanCommand,
  type ScanCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';

type Item = Record<string, AttributeValue>;
const CONDITION = 'attribute_not_exists(id) OR (sent = :no AND claimed_until < :now)';
const UPDATE = /^SET (\w+ = :\w+(?:, \w+ = :\w+)*)(?: ADD (\w+) (:\w+))?$/;

export function fakeTable(): DynamoDBClient {
  const items = new Map<string, Item>();
  const send = async (command: unknown) => {
    // Like a network: nothing is answered in the turn in which it was asked.
    await new Promise((resolve) => setImmediate(resolve));
    if (command instanceof GetItemCommand) return { Item: items.get(command.input.Key?.id?.S ?? '') };
    if (command instanceof ScanCommand) return { Items: scanned([...items.values()], command.input) };
    if (!(command instanceof UpdateItemCommand)) throw new Error('Expected GetItem, Scan or UpdateItem');
    const { Key = {} } = command.input;
    const old = items.get(Key.id?.S ?? '');
    check(old, command.input);
    items.set(Key.id?.S ?? '', updated({ ...old, ...Key }, command.input));
    return {};
  };
  return { send } as unknown as DynamoDBClient;
}

/** All are in the first segment. */
function scanned(
  items: Item[],
  { Segment, FilterExpression, ExpressionAttributeValues: values }: ScanCommandInput,
): Item[] {
  if (FilterExpression !== 'contains(incidents, :id)') throw new Error(`Unknown filter: ${FilterExpression}`);
  const id = values?.[':id']?.S ?? '';
  return Segment === 0 ? items.filter(({ incidents }) => incidents?.SS?.includes(id)) : [];
}

function check(
  old: Item | undefined,
  { ConditionExpression, ExpressionAttributeValues: values }: UpdateItemCommandInput,
): void {
  if (ConditionExpression === undefined) return;
  if (ConditionExpression !== CONDITION) throw new Error(`Unknown condition: ${ConditionExpression}`);
  const lapsed = Number(old?.claimed_until?.N) < Number(values?.[':now']?.N);
  if (old === undefined || (old.sent?.BOOL === false && lapsed)) return;
  throw new ConditionalCheckFailedException({ message: 'The conditional request failed', $metadata: {} });
}

function updated(
  old: Item,
  { UpdateExpression = '', ExpressionAttributeValues: values = {} }: UpdateItemCommandInput,
): Item {
  const [, set, counter, step] = UPDATE.exec(UpdateExpression) ?? [];
  if (set === undefined) throw new Error(`Unknown update: ${UpdateExpression}`);
  const given = (name = '') => values[name] ?? { NULL: true as const };
  const changes = set.split(', ').map((one) => one.split(' = '));
  const count = Number(old[counter ?? '']?.N ?? 0) + Number(given(step).N ?? 0);
  return {
    ...old,
    ...Object.fromEntries(changes.map(([name, value]) => [name, given(value)])),
    ...(counter !== undefined && { [counter]: { N: String(count) } }),
  };
}
