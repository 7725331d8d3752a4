/** DynamoDB and SNS in memory, as far as the detector uses them, with their limits, and with faults on demand. */
import {
  type AttributeValue,
  BatchExecuteStatementCommand,
  type BatchStatementRequest,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import {
  PublishBatchCommand,
  PublishCommand,
  type PublishCommandInput,
  type SNSClient,
} from '@aws-sdk/client-sns';
import { PRESENCE_INDEX } from '../../../../services/contract/presence.ts';
import { checkBatch, checkItem, checkMessage, checkStatements } from './aws-limits.ts';

/**
 * What happens at a call: nothing, an error before it takes effect, or one after it (the answer is lost). An error of
 * its own stands for what AWS answers.
 */
export type Fault = 'before' | 'after' | Error | undefined;

type Call = 'Query' | 'PutItem' | 'BatchExecuteStatement' | 'Publish';

export interface FakeAws {
  dynamo: DynamoDBClient;
  sns: SNSClient;
  /** The current items, by `site_id/device_rule`. */
  items: Map<string, Record<string, AttributeValue>>;
  published: PublishCommandInput[];
  /** What was refused because of a limit: nothing should ever be. */
  refused: Error[];
  /** Calls so far, by name. */
  calls: Record<Call, number>;
  /** Called before every call, and awaited, so that it can also delay the call. */
  fault: (call: Call, input: unknown) => Fault | Promise<Fault>;
}

/** Here DynamoDB answers a Query in pages of this many items, so that paging is always tested. */
const PAGE = 20;

export function fakeAws(): FakeAws {
  const aws: FakeAws = {
    items: new Map(),
    published: [],
    refused: [],
    calls: { Query: 0, PutItem: 0, BatchExecuteStatement: 0, Publish: 0 },
    fault: () => undefined,
    dynamo: { send: (command: unknown) => dynamo(command) } as unknown as DynamoDBClient,
    sns: { send: (command: unknown) => sns(command) } as unknown as SNSClient,
  };

  async function called<T>(call: keyof FakeAws['calls'], input: unknown, effect: () => T): Promise<T> {
    aws.calls[call] += 1;
    const fault = await aws.fault(call, input);
    if (fault instanceof Error) throw fault;
    if (fault === 'before') throw new Error(`${call} refused`);
    const result = effect();
    if (fault === 'after') throw new Error(`The answer to ${call} got lost`);
    return result;
  }

  function dynamo(command: unknown) {
    if (command instanceof QueryCommand) return called('Query', command.input, () => query(command.input));
    if (command instanceof PutItemCommand) return called('PutItem', command.input, () => put(command.input));
    if (command instanceof BatchExecuteStatementCommand) {
      const { input } = command;
      return called('BatchExecuteStatement', input, () => insertAll(input.Statements ?? []));
    }
    throw new Error('Only Query, PutItem and BatchExecuteStatement are known here');
  }

  function query(input: QueryCommand['input']) {
    if (input.IndexName !== undefined) return queryIndex(input);
    if (input.ConsistentRead !== true) throw new Error('Expected a consistent read');
    const value = (name: string) => input.ExpressionAttributeValues?.[name]?.S;
    const all = [...aws.items.values()]
      .filter((item) => item.site_id?.S === value(':site'))
      .filter((item) => value(':key') === undefined || item.device_rule?.S === value(':key'))
      .toSorted((a, b) => ((a.device_rule?.S ?? '') < (b.device_rule?.S ?? '') ? -1 : 1));
    const after = input.ExclusiveStartKey?.device_rule?.S ?? '';
    const rest = all.filter((item) => (item.device_rule?.S ?? '') > after);
    const Items = rest.slice(0, PAGE);
    const last = rest.length > PAGE ? Items.at(-1) : undefined;
    if (last?.site_id === undefined || last.device_rule === undefined) return { Items };
    return { Items, LastEvaluatedKey: { site_id: last.site_id, device_rule: last.device_rule } };
  }

  /** The sparse index of fronts, in one page. */
  function queryIndex(input: QueryCommand['input']) {
    if (input.IndexName !== PRESENCE_INDEX.name || input.ConsistentRead) {
      throw new Error(`Expected an eventually consistent Query of ${PRESENCE_INDEX.name}`);
    }
    const { partitionKey, sortKey, projected } = PRESENCE_INDEX;
    const wanted = [partitionKey, sortKey, 'device_rule', ...projected];
    const Items = [...aws.items.values()]
      .filter((item) => item[partitionKey]?.S === input.ExpressionAttributeValues?.[':all']?.S)
      .map((item) => Object.fromEntries(Object.entries(item).filter(([name]) => wanted.includes(name))));
    return { Items };
  }

  /** Remembers what a limit refuses. */
  function within(check: () => void): void {
    try {
      check();
    } catch (error) {
      aws.refused.push(error as Error);
      throw error;
    }
  }

  function put({ Item = {}, ConditionExpression, ExpressionAttributeValues }: PutItemCommand['input']) {
    within(() => checkItem(Item));
    const key = `${Item.site_id?.S}/${Item.device_rule?.S}`;
    expectCondition(aws.items.get(key), ConditionExpression, ExpressionAttributeValues);
    aws.items.set(key, copyItem(Item));
    return {};
  }

  function insertAll(statements: readonly BatchStatementRequest[]) {
    within(() => checkStatements(statements));
    const Responses = statements.map(({ Statement = '', Parameters = [] }) => {
      const [, TableName] = /^INSERT INTO "([^"]+)" VALUE \{/.exec(Statement) ?? [];
      const names = [...Statement.matchAll(/'(\w+)': \?/g)].map(([, name = '']) => name);
      const Item = Object.fromEntries(names.map((name, i) => [name, Parameters[i] as AttributeValue]));
      const key = `${Item.site_id?.S}/${Item.device_rule?.S}`;
      if (aws.items.has(key)) return { TableName, Error: { Code: 'DuplicateItem' as const } };
      return { TableName, ...put({ TableName, Item }) };
    });
    return { Responses };
  }

  function sns(command: unknown) {
    if (command instanceof PublishCommand) {
      const { input } = command;
      return called('Publish', input, () => publish(input));
    }
    if (!(command instanceof PublishBatchCommand))
      throw new Error('Only Publish and PublishBatch are known here');
    const { input } = command;
    return called('Publish', input, () => {
      within(() => checkBatch(input));
      const { TopicArn, PublishBatchRequestEntries: entries = [] } = input;
      return { Successful: entries.map(({ Id, ...entry }) => ({ Id, ...publish({ TopicArn, ...entry }) })) };
    });
  }

  function publish(input: PublishCommandInput) {
    within(() => checkMessage(input));
    aws.published.push(input);
    return { MessageId: String(aws.published.length) };
  }

  return aws;
}

/** What DynamoDB keeps is nobody else's. `structuredClone` would take a tenth of the time of a test with many writes. */
const copyItem = (item: Record<string, AttributeValue>): Record<string, AttributeValue> =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, copyValue(value)]));

function copyValue(value: AttributeValue): AttributeValue {
  if (value.L) return { L: value.L.map(copyValue) };
  if (value.M) return { M: copyItem(value.M) };
  if (value.B) return { B: value.B.slice() };
  return { ...value };
}

/** @param condition none holds always */
function expectCondition(
  current: Record<string, AttributeValue> | undefined,
  condition: string | undefined,
  values: Record<string, AttributeValue> | undefined,
): void {
  if (condition?.endsWith('listed > :due')) {
    const listed = Number(current?.listed?.N ?? 0);
    if (listed === 0 || listed > Number(values?.[':due']?.N)) return;
    throw new ConditionalCheckFailedException({ message: 'The conditional request failed', $metadata: {} });
  }
  const [, attribute = ''] = /^(\w+) = :read$/.exec(condition ?? '') ?? [];
  const isAbsent = condition === 'attribute_not_exists(site_id)';
  if (condition !== undefined && !isAbsent && attribute === '')
    throw new Error(`Unknown condition ${condition}`);
  const holds = isAbsent
    ? current === undefined
    : attribute === '' || current?.[attribute]?.N === values?.[':read']?.N;
  if (holds) return;
  throw new ConditionalCheckFailedException({ message: 'The conditional request failed', $metadata: {} });
}
