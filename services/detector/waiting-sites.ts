/**
 * Sites at which something waits for the watchdog, as a list that outlives this environment: the site's own next batch
 * does it as a rule, and a site that falls silent right then has no next batch.
 *
 * | sort key | what waits | when the watchdog looks |
 * |---|---|---|
 * | the site | alerts that got no turn while a shard was behind, or old news | after two minutes |
 * | `close#` site | an incident that somebody wants ended | at once |
 * | `silence#` id `#` site | alerts that a silence holds | when it is over |
 * | `reminder#` site | an incident of a rule with `repeatEvery` | when a reminder is due |
 */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  type PutItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { WAITING_PARTITION } from '../contract/by-hand.ts';
import { partitionOf, queryAll } from './query-all.ts';

/** Instead of a time. */
const NOT_LISTED = 0;
/** Longer than any invocation: the one that has listed the site tells nothing of it any more. */
export const WAITED_MS = 120_000;

export type Waiting =
  | { kind: 'turn' | 'close' | 'reminder' }
  /** With the silence's id. */
  | { kind: 'silence'; id: string };

export interface WaitingSite {
  siteId: string;
  waiting: Waiting;
  /** Wall clock of the one that listed it last; of a reminder, when it is due. Ms since the epoch. */
  listedMs: number;
}

export interface WaitingSites {
  /** Lists a site with alerts that wait for a turn, again if it is listed. */
  add(siteId: string, signal?: AbortSignal): Promise<void>;
  addSilenced(siteId: string, silence: string, signal?: AbortSignal): Promise<void>;
  /** Unless the site is listed for an earlier reminder. */
  addReminder(siteId: string, dueMs: number, signal?: AbortSignal): Promise<void>;
  list(signal?: AbortSignal): Promise<WaitingSite[]>;
  /** Takes it from the list, unless somebody has listed it again since it was read. */
  remove(site: WaitingSite, signal?: AbortSignal): Promise<void>;
  /** Lists it for later, on the same condition. */
  postpone(site: WaitingSite, dueMs: number, signal?: AbortSignal): Promise<void>;
}

/** @param now wall clock, ms since the epoch: the only one that environments share */
export function createWaitingSites(client: DynamoDBClient, table: string, now: () => number): WaitingSites {
  async function put(
    siteId: string,
    waiting: Waiting,
    listedMs: number,
    condition: Partial<PutItemCommandInput>,
    abortSignal?: AbortSignal,
  ): Promise<void> {
    const key = { site_id: { S: WAITING_PARTITION }, device_rule: { S: sortKey(siteId, waiting) } };
    const Item = { ...key, listed: { N: String(listedMs) } };
    // Neither function may delete: time to live does.
    const expires = listedMs === NOT_LISTED && { expires_at: { N: String(Math.floor(now() / 1000)) } };
    const command = new PutItemCommand({ TableName: table, Item: { ...Item, ...expires }, ...condition });
    try {
      await client.send(command, { abortSignal });
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  const asRead = (listedMs: number) => ({
    ConditionExpression: 'listed = :read',
    ExpressionAttributeValues: { ':read': { N: String(listedMs) } },
  });

  return {
    add: (siteId, signal) => put(siteId, { kind: 'turn' }, now(), {}, signal),
    addSilenced: (siteId, id, signal) => put(siteId, { kind: 'silence', id }, now(), {}, signal),
    addReminder: (siteId, dueMs, signal) =>
      put(
        siteId,
        { kind: 'reminder' },
        dueMs,
        {
          ConditionExpression: 'attribute_not_exists(site_id) OR listed = :none OR listed > :due',
          ExpressionAttributeValues: { ':none': { N: String(NOT_LISTED) }, ':due': { N: String(dueMs) } },
        },
        signal,
      ),

    async list(signal) {
      const items = await queryAll(client, partitionOf(table, WAITING_PARTITION), signal);
      return items
        .map((item) => ({ ...parseKey(item.device_rule?.S ?? ''), listedMs: Number(item.listed?.N ?? 0) }))
        .filter(({ listedMs }) => listedMs !== NOT_LISTED);
    },

    remove: ({ siteId, waiting, listedMs }, signal) =>
      put(siteId, waiting, NOT_LISTED, asRead(listedMs), signal),
    postpone: ({ siteId, waiting, listedMs }, dueMs, signal) =>
      put(siteId, waiting, dueMs, asRead(listedMs), signal),
  };
}

/** Ids of sites and silences have no `#`. */
function sortKey(siteId: string, waiting: Waiting): string {
  switch (waiting.kind) {
    case 'turn':
      return siteId;
    case 'silence':
      return `silence#${waiting.id}#${siteId}`;
    default:
      return `${waiting.kind}#${siteId}`;
  }
}

function parseKey(key: string): Pick<WaitingSite, 'siteId' | 'waiting'> {
  const parts = key.split('#');
  const siteId = parts.at(-1) ?? '';
  if (parts[0] === 'silence') return { siteId, waiting: { kind: 'silence', id: parts[1] ?? '' } };
  if (parts.length > 1) return { siteId, waiting: { kind: parts[0] === 'close' ? 'close' : 'reminder' } };
  return { siteId, waiting: { kind: 'turn' } };
}
