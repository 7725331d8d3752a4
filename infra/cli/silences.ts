/** The silences in the state table, for commands and everything else that changes them. */
import { randomBytes } from 'node:crypto';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  paginateQuery,
} from '@aws-sdk/client-dynamodb';
import { fromSilenceItem, type Silence, silenceSchema } from '../../services/contract/silence-schema.ts';
import { activeAt, SILENCES_PARTITION, toSilenceItem } from '../../services/contract/silence-window.ts';
import { formatTimestamp } from '../../services/contract/time.ts';
import { describeIssue } from './text.ts';
import { UserError } from './user-error.ts';

export type SilenceState = 'active' | 'waits' | 'over';

export interface SilenceStore {
  /** By id. Items that are not silences are left out. */
  list(): Promise<Silence[]>;
  /** @throws UserError, a misuse, where something does not fit together */
  add(silence: Omit<Silence, 'id'>): Promise<Silence>;
  /**
   * Ends one now.
   * @param id may be shortened, as long as it is clear
   * @throws UserError where there is none, or several, or it is over already
   */
  end(id: string, nowMs: number): Promise<Silence>;
}

export function openSilenceStore(client: DynamoDBClient, table: string): SilenceStore {
  async function list(): Promise<Silence[]> {
    const query = {
      TableName: table,
      KeyConditionExpression: 'site_id = :silences',
      ExpressionAttributeValues: { ':silences': { S: SILENCES_PARTITION } },
      ConsistentRead: true,
    };
    const found: Record<string, AttributeValue>[] = [];
    for await (const { Items = [] } of paginateQuery({ client }, query)) found.push(...Items);
    return found.flatMap((item) => fromSilenceItem(item) ?? []);
  }

  async function put(silence: Silence, condition: string): Promise<Silence> {
    const Item = toSilenceItem(silence);
    await client.send(new PutItemCommand({ TableName: table, Item, ConditionExpression: condition }));
    return silence;
  }

  return {
    list,
    async add(given) {
      const parsed = silenceSchema.safeParse({ ...given, id: randomBytes(4).toString('hex') });
      if (!parsed.success) throw UserError.misuse(describeIssue(parsed.error));
      return await put(parsed.data, 'attribute_not_exists(site_id)');
    },
    async end(id, nowMs) {
      const silence = find(id, await list());
      if (stateOf(silence, nowMs) === 'over') {
        throw new UserError(`Silence ${silence.id} has been over since ${silence.ends_at}.`);
      }
      // One that has not begun must not begin, either.
      const starts_at = formatTimestamp(Math.min(Date.parse(silence.starts_at), nowMs));
      const ended = { ...silence, starts_at, ends_at: formatTimestamp(nowMs) };
      try {
        return await put(ended, 'attribute_exists(site_id)');
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        throw new UserError(`Silence ${silence.id} is not there any more.`);
      }
    },
  };
}

function find(id: string, silences: readonly Silence[]): Silence {
  const [first, ...others] = silences.filter((silence) => id !== '' && silence.id.startsWith(id));
  if (first === undefined) {
    throw new UserError(`There is no silence ${id}. List them with: npm run silence -- list`);
  }
  if (others.length === 0) return first;
  const ids = [first, ...others].map((silence) => silence.id);
  throw UserError.misuse(`Expected one silence, got ${id}, which may be ${ids.join(' or ')}`);
}

/** A weekly one waits between its windows. */
export function stateOf(silence: Silence, nowMs: number): SilenceState {
  if (activeAt(silence, nowMs)) return 'active';
  return silence.ends_at !== undefined && nowMs >= Date.parse(silence.ends_at) ? 'over' : 'waits';
}
