/**
 * What each channel has been sent, in a table of its own, so that it is sent once although everything before it is at
 * least once: the detector's publishing, SNS, and Lambda's retries.
 *
 * A request is claimed before it is sent and noted as sent afterwards. An invocation that ends in between leaves the
 * claim, which lapses before Lambda's next attempt: that attempt sends it again, perhaps for the second time.
 */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { ChannelKind } from '../contract/channel.ts';
import { sentId } from '../contract/sent.ts';
import type { Request } from './format/request.ts';

/** Longer than an invocation, shorter than the minute that Lambda waits before an attempt. */
export const CLAIM_MS = 45_000;
/** Longer than the queue of failures keeps an event that somebody may send once more. */
const KEPT_MS = 20 * 86_400_000;

export type Claim = 'mine' | 'sent' | 'outdated' | 'being sent';
type Claimed = Pick<Request, 'id' | 'outdatedBy' | 'status' | 'incidents'>;

export interface SentLog {
  /** Whether to send it now. `mine` holds for {@link CLAIM_MS}. */
  claim(channel: { name: string; kind: ChannelKind }, request: Claimed): Promise<Claim>;
  /** @param answer of the channel, in words without an address or a key */
  sent(channel: string, id: string, answer: string): Promise<void>;
  /** Gives a claim back, so that the next attempt need not wait for it to lapse. */
  failed(channel: string, id: string, answer: string): Promise<void>;
}

type Values = Record<string, AttributeValue>;

export function createSentLog(dynamo: DynamoDBClient, TableName: string, now: () => number): SentLog {
  const keyOf = (channel: string, id: string) => ({ id: { S: sentId(channel, id) } });
  const number = (value: number) => ({ N: String(value) });

  async function isSent(channel: string, id: string): Promise<boolean> {
    const request = { TableName, Key: keyOf(channel, id), ConsistentRead: true };
    const { Item } = await dynamo.send(new GetItemCommand(request));
    return Item?.sent?.BOOL === true;
  }

  /** @param more of the expression, behind what is set */
  async function set(
    Key: Values,
    values: Values,
    more: { words?: string; condition?: string; values?: Values },
  ) {
    const all: Values = {
      ...values,
      tried_at: number(now()),
      expires_at: number(Math.ceil((now() + KEPT_MS) / 1000)),
    };
    const set = Object.keys(all).map((name) => `${name} = :${name}`);
    const named = Object.entries(all).map(([name, value]) => [`:${name}`, value]);
    await dynamo.send(
      new UpdateItemCommand({
        ...{ TableName, Key, ConditionExpression: more.condition },
        UpdateExpression: `SET ${set.join(', ')}${more.words ?? ''}`,
        ExpressionAttributeValues: { ...Object.fromEntries(named), ...more.values },
      }),
    );
  }

  return {
    async claim({ name, kind }, { id, outdatedBy, status, incidents }) {
      if (outdatedBy !== undefined && (await isSent(name, outdatedBy))) return 'outdated';
      const about = { kind: { S: kind }, told: { S: status }, incidents: { SS: [...incidents] } };
      const claimed = { sent: { BOOL: false }, claimed_until: number(now() + CLAIM_MS) };
      try {
        await set(
          keyOf(name, id),
          { ...claimed, ...about },
          {
            words: ' ADD attempts :one',
            condition: 'attribute_not_exists(id) OR (sent = :no AND claimed_until < :now)',
            values: { ':one': number(1), ':no': { BOOL: false }, ':now': number(now()) },
          },
        );
        return 'mine';
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        return (await isSent(name, id)) ? 'sent' : 'being sent';
      }
    },
    sent: (channel, id, answer) =>
      set(keyOf(channel, id), { sent: { BOOL: true }, claimed_until: number(0), answer: { S: answer } }, {}),
    failed: (channel, id, answer) =>
      set(keyOf(channel, id), { sent: { BOOL: false }, claimed_until: number(0), answer: { S: answer } }, {}),
  };
}
