/**
 * Sites in whose outboxes alerts wait for a turn, as a list that outlives this environment. While a shard is behind,
 * waiting alerts do not hold it up, and the site's next batch tells them. A site that falls silent right then has no next
 * batch: the watchdog finds it here.
 */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { WAITING_PARTITION } from '../contract/by-hand.ts';
import { partitionOf, queryAll } from './query-all.ts';

/** Instead of the time of a batch. */
const NOT_LISTED = 0;
/** Longer than any invocation: whoever has listed the site tells nothing of it any more. */
export const WAITED_MS = 120_000;

export interface WaitingSite {
  siteId: string;
  /** Wall clock of the batch that listed it last, ms since the epoch. */
  listedMs: number;
}

export interface WaitingSites {
  /** Lists a site, again if it is listed. */
  add(siteId: string, signal?: AbortSignal): Promise<void>;
  list(signal?: AbortSignal): Promise<WaitingSite[]>;
  /** Takes it from the list, unless somebody has listed it again since it was read. */
  remove(site: WaitingSite, signal?: AbortSignal): Promise<void>;
}

/** @param now wall clock, ms since the epoch: the only one that environments share */
export function createWaitingSites(client: DynamoDBClient, table: string, now: () => number): WaitingSites {
  const keyOf = (siteId: string) => ({ site_id: { S: WAITING_PARTITION }, device_rule: { S: siteId } });
  return {
    async add(siteId, abortSignal) {
      const Item = { ...keyOf(siteId), listed: { N: String(now()) } };
      await client.send(new PutItemCommand({ TableName: table, Item }), { abortSignal });
    },

    async list(signal) {
      const items = await queryAll(client, partitionOf(table, WAITING_PARTITION), signal);
      return items
        .map((item) => ({ siteId: item.device_rule?.S ?? '', listedMs: Number(item.listed?.N ?? 0) }))
        .filter(({ listedMs }) => listedMs !== NOT_LISTED);
    },

    async remove({ siteId, listedMs }, abortSignal) {
      // Neither function may delete: time to live does.
      const expires_at = { N: String(Math.floor(now() / 1000)) };
      const command = new PutItemCommand({
        TableName: table,
        Item: { ...keyOf(siteId), listed: { N: String(NOT_LISTED) }, expires_at },
        ConditionExpression: 'listed = :read',
        ExpressionAttributeValues: { ':read': { N: String(listedMs) } },
      });
      try {
        await client.send(command, { abortSignal });
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    },
  };
}
