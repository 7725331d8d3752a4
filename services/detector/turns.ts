/**
 * Turns to publish. SNS disables an e-mail subscription that gets more than ten messages a second
 * (https://docs.aws.amazon.com/general/latest/gr/sns.html), however many environments of the function send them. They
 * cannot count each other: shards are split and merged, a retry starts another environment, and a new one cannot know
 * what the last has just sent. So the time of the next turn is one item of the state table, and anyone who wants to
 * publish moves it on, on condition that nobody else has meanwhile.
 */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { ifStillOf } from './item.ts';

/** From one turn to the next, in ms: four a second. The rest of the ten is for messages that SNS takes late. */
export const TURN_MS = 250;
/** Longest time that a turn may be waited for, in ms. */
export const MAX_PATIENCE_MS = 10_000;
/** A turn that is missed by more than this is not used: it would come on top of somebody else's. */
const MAX_LATE_MS = 500;
const SECOND_MS = 1000;
/** Conflicts and missed turns in a row, after which the caller had better come again. */
const MAX_TRIES = 8;
/** After a conflict, so that two environments do not meet again. */
const MAX_PAUSE_MS = 50;
/** No site can have this name. */
const KEY = { site_id: { S: '#turns' }, device_rule: { S: 'publish' } };

export interface Turns {
  /**
   * Waits for a turn to publish one message.
   * @param patienceMs longest time to wait
   * @returns ms that were waited, or undefined when the next turn is further away than that
   * @throws what DynamoDB throws
   */
  take(patienceMs: number, signal?: AbortSignal): Promise<number | undefined>;
}

interface TurnsClock {
  /** Wall clock, ms since the epoch: the only one that environments share. */
  now: () => number;
  sleep: (ms: number) => Promise<void>;
}

export function createTurns(client: DynamoDBClient, table: string, { now, sleep }: TurnsClock): Turns {
  async function read(abortSignal?: AbortSignal) {
    const query = new QueryCommand({
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: 'site_id = :site',
      ExpressionAttributeValues: { ':site': KEY.site_id },
    });
    const { Items: [item] = [] } = await client.send(query, { abortSignal });
    return { version: Number(item?.version?.N ?? 0), nextMs: Number(item?.next_turn?.N ?? 0) };
  }

  /** False when somebody else was quicker. */
  async function write(version: number, nextMs: number, abortSignal?: AbortSignal): Promise<boolean> {
    const put = new PutItemCommand({
      TableName: table,
      Item: { ...KEY, version: { N: String(version + 1) }, next_turn: { N: String(nextMs) } },
      ...ifStillOf(version),
    });
    try {
      await client.send(put, { abortSignal });
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  return {
    async take(patienceMs, signal) {
      let waitedMs = 0;
      for (let tries = 0; tries < MAX_TRIES; tries += 1) {
        const { version, nextMs } = await read(signal);
        const nowMs = now();
        if (nextMs - nowMs > MAX_PATIENCE_MS + TURN_MS) {
          // No turn is given that far ahead: the clock was set back. Nobody can say what this second has seen.
          await write(version, nowMs + SECOND_MS, signal);
          continue;
        }
        const turnMs = Math.max(nextMs, nowMs);
        if (waitedMs + turnMs - nowMs > patienceMs) return undefined;
        if (!(await write(version, turnMs + TURN_MS, signal))) {
          await sleep(Math.random() * MAX_PAUSE_MS);
          continue;
        }
        const waitMs = Math.max(0, turnMs - now());
        if (waitMs > 0) await sleep(waitMs);
        waitedMs += waitMs;
        if (now() - turnMs <= MAX_LATE_MS) return waitedMs;
      }
      return undefined;
    },
  };
}
