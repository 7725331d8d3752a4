/**
 * New items, each written on condition that there is none: those of several sites in one call, by statements of PartiQL.
 * A statement costs what PutItem costs, and fails by itself. A fleet that begins has some items of every site to write.
 */
import {
  BatchExecuteStatementCommand,
  type BatchStatementRequest,
  type BatchStatementResponse,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Attributes } from './item.ts';

/** There is an item with this key. */
export class AlreadyThere extends Error {}

/** @throws AlreadyThere; what DynamoDB throws */
export type Insert = (table: string, item: Attributes, signal?: AbortSignal) => Promise<void>;

interface Waiting {
  table: string;
  item: Attributes;
  signal: AbortSignal | undefined;
  done: () => void;
  failed: (error: unknown) => void;
}

/** Limit of AWS on the statements of a call. */
const MOST_STATEMENTS = 25;
/** With more under way, what waits comes together in fuller calls. */
const CALLS_AT_ONCE = 4;

export function createInsert(client: DynamoDBClient): Insert {
  const waiting: Waiting[] = [];
  let underWay = 0;
  let isDue = false;

  /** What comes in the same turn of the event loop goes together. */
  function sendSoon(): void {
    if (isDue) return;
    isDue = true;
    setImmediate(() => {
      isDue = false;
      while (waiting.length > 0 && underWay < CALLS_AT_ONCE) void send(waiting.splice(0, MOST_STATEMENTS));
    });
  }

  async function send(taken: readonly Waiting[]): Promise<void> {
    underWay += 1;
    try {
      await (taken.length === 1 ? Promise.all(taken.map(putAlone)) : sendTogether(taken));
    } finally {
      underWay -= 1;
      if (waiting.length > 0) sendSoon();
    }
  }

  async function sendTogether(taken: readonly Waiting[]): Promise<void> {
    const Statements = taken.map(({ table, item }) => statementOf(table, item));
    const command = new BatchExecuteStatementCommand({ Statements });
    let answers: BatchStatementResponse[] = [];
    try {
      answers = (await client.send(command, { abortSignal: taken[0]?.signal })).Responses ?? [];
    } catch (error) {
      for (const { failed } of taken) failed(error);
      return;
    }
    await Promise.all(taken.map((one, i) => settle(one, answers[i])));
  }

  async function settle(one: Waiting, answer: BatchStatementResponse | undefined): Promise<void> {
    const code = answer?.Error?.Code;
    if (answer && answer.Error === undefined) one.done();
    else if (code === 'DuplicateItem' || code === 'ConditionalCheckFailed') one.failed(alreadyThere(one));
    // The SDK repeats what a throttled call asks for, but not a statement.
    else await putAlone(one);
  }

  async function putAlone(one: Waiting): Promise<void> {
    const ConditionExpression = 'attribute_not_exists(site_id)';
    const command = new PutItemCommand({ TableName: one.table, Item: one.item, ConditionExpression });
    try {
      await client.send(command, { abortSignal: one.signal });
      one.done();
    } catch (error) {
      one.failed(error instanceof ConditionalCheckFailedException ? alreadyThere(one, error) : error);
    }
  }

  return (table, item, signal) =>
    new Promise((done, failed) => {
      waiting.push({ table, item, signal, done, failed });
      sendSoon();
    });
}

const alreadyThere = ({ item }: Waiting, cause?: Error) =>
  new AlreadyThere(`${item.site_id?.S} ${item.device_rule?.S ?? item.chunk?.N}`, { cause });

/** Names of tables and attributes are our own: they have no quotation marks. */
function statementOf(table: string, item: Attributes): BatchStatementRequest {
  const members = Object.keys(item).map((name) => `'${name}': ?`);
  return {
    Statement: `INSERT INTO "${table}" VALUE {${members.join(', ')}}`,
    Parameters: Object.values(item),
  };
}
