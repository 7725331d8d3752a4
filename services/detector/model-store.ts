/** The models of sites in their own DynamoDB table: in the incidents' table, every batch would read them. */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { VersionConflict } from './incident-store.ts';
import { AlreadyThere, createInsert } from './insert.ts';
import { fromModelItem, toModelItem } from './model-item.ts';
import { partitionOf, queryAll } from './query-all.ts';
import type { Chunk } from './site-model.ts';

export interface ModelStore {
  /** Every chunk of a site, in order. */
  site(siteId: string, signal?: AbortSignal): Promise<Chunk[]>;
  /**
   * Writes a chunk over the version that was read, and returns it with its new version.
   * @throws VersionConflict
   */
  save(siteId: string, chunk: Chunk, signal?: AbortSignal): Promise<Chunk>;
}

/** A site that has sent nothing for so long is forgotten. */
const KEEP_MS = 90 * 86_400_000;

/**
 * @param now wall clock, ms since the epoch: time to live knows no other
 * @param insert shared with other tables, whose new items go together with these
 */
export function createModelStore(
  client: DynamoDBClient,
  table: string,
  now: () => number,
  insert = createInsert(client),
): ModelStore {
  return {
    async site(siteId, abortSignal) {
      const items = await queryAll(client, partitionOf(table, siteId), abortSignal);
      return items.flatMap((item) => fromModelItem(item) ?? []);
    },

    async save(siteId, chunk, abortSignal) {
      const next = { ...chunk, version: chunk.version + 1 };
      const Item = toModelItem(siteId, next, Math.ceil((now() + KEEP_MS) / 1000));
      const command = new PutItemCommand({
        ...{ TableName: table, Item, ConditionExpression: 'version = :read' },
        ExpressionAttributeValues: { ':read': { N: String(chunk.version) } },
      });
      try {
        await (chunk.version === 0
          ? insert(table, Item, abortSignal)
          : client.send(command, { abortSignal }));
      } catch (error) {
        const isConflict = error instanceof ConditionalCheckFailedException || error instanceof AlreadyThere;
        if (!isConflict) throw error;
        throw new VersionConflict(`${siteId} chunk ${chunk.number}`, { cause: error });
      }
      return next;
    },
  };
}
