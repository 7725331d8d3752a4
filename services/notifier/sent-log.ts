/**
 * What each channel has been sent, in a table of its own, so that it is sent once although everything before it is at
 * least once: the detector's publishing, SNS, and Lambda's retries.
 *
 * A request is claimed before it is sent and noted as sent afterwards. An invocation that ends in between leaves the
 * claim, which lapses before Lambda's next attempt: that attempt sends it again, perhaps for the second time.
 */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';

/** Longer than an invocation, shorter than the minute that Lambda waits before an attempt. */
export const CLAIM_MS = 45_000;
/** Longer than the queue of failures keeps an event that somebody may send once more. */
const KEPT_MS = 20 * 86_400_000;

export type Claim = 'mine' | 'sent' | 'outdated' | 'being sent';

export interface SentLog {
  /** Whether to send it now. `mine` holds for {@link CLAIM_MS}. */
  claim(channel: string, request: { id: string; outdatedBy?: string }): Promise<Claim>;
  sent(channel: string, id: string): Promise<void>;
  /** Gives a claim back, so that the next attempt need not wait for it to lapse. */
  failed(channel: string, id: string): Promise<void>;
}

export function createSentLog(dynamo: DynamoDBClient, TableName: string, now: () => number): SentLog {
  const keyOf = (channel: string, id: string) => ({ id: { S: `${channel}#${id}` } });

  async function isSent(channel: string, id: string): Promise<boolean> {
    const request = { TableName, Key: keyOf(channel, id), ConsistentRead: true };
    const { Item } = await dynamo.send(new GetItemCommand(request));
    return Item?.sent?.BOOL === true;
  }

  async function note(channel: string, id: string, state: { sent: boolean; claimedUntilMs: number }) {
    const item = {
      ...keyOf(channel, id),
      sent: { BOOL: state.sent },
      claimed_until: { N: String(state.claimedUntilMs) },
      expires_at: { N: String(Math.ceil((now() + KEPT_MS) / 1000)) },
    };
    await dynamo.send(
      new PutItemCommand({
        ...{ TableName, Item: item },
        ...(state.sent
          ? {}
          : {
              ConditionExpression: 'attribute_not_exists(id) OR (sent = :no AND claimed_until < :now)',
              ExpressionAttributeValues: { ':no': { BOOL: false }, ':now': { N: String(now()) } },
            }),
      }),
    );
  }

  return {
    async claim(channel, { id, outdatedBy }) {
      if (outdatedBy !== undefined && (await isSent(channel, outdatedBy))) return 'outdated';
      try {
        await note(channel, id, { sent: false, claimedUntilMs: now() + CLAIM_MS });
        return 'mine';
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        return (await isSent(channel, id)) ? 'sent' : 'being sent';
      }
    },
    sent: (channel, id) => note(channel, id, { sent: true, claimedUntilMs: 0 }),
    async failed(channel, id) {
      const item = {
        ...keyOf(channel, id),
        ...{ sent: { BOOL: false }, claimed_until: { N: '0' } },
        expires_at: { N: String(Math.ceil((now() + KEPT_MS) / 1000)) },
      };
      await dynamo.send(new PutItemCommand({ TableName, Item: item }));
    },
  };
}
