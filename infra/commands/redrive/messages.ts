/**
 * What sites published over MQTT and AWS IoT could not put into the stream: the rule's error action keeps it. Neither the
 * lake nor the detector has seen these readings, so they go into the stream, with the site as key as the rule does it.
 */
import { type KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { z } from 'zod';
import { jsonIn } from '../../../services/contract/json.ts';
import { describeIssue, plural } from '../../cli/text.ts';
import type { FailureStore } from './store.ts';

export interface UnsentMessage {
  key: string;
  site: string;
  /** When it was published, ms since the epoch: the rule puts it before the object's name. */
  publishedMs: number;
  data: Buffer;
  /** Why it was not put into the stream, briefly. */
  why: string;
}

/** Resolves with the reason where the stream does not take it. */
export type Put = (site: string, data: Buffer) => Promise<string | undefined>;

/** "Error action message format" of AWS IoT. */
const messageSchema = z.object({
  topic: z.string(),
  base64OriginalPayload: z.base64(),
  failures: z.array(z.object({ errorMessage: z.string() })).default([]),
});
const TOPIC = /^\$aws\/rules\/[^/]+\/([^/]+)/;
const NAME = /\/(\d+)-[^/]*$/;
const SHOWN_REASON = 100;

export interface FoundMessages {
  messages: UnsentMessage[];
  unreadable: { key: string; reason: string }[];
}

export async function findMessages(store: FailureStore): Promise<FoundMessages> {
  const found: FoundMessages = { messages: [], unreadable: [] };
  for (const key of await store.keys()) {
    const text = await store.read(key);
    if (text === undefined) continue;
    const parsed = parseMessage(key, text);
    if (typeof parsed === 'string') found.unreadable.push({ key, reason: parsed });
    else found.messages.push(parsed);
  }
  // AWS promises no order over MQTT; this is as near as it gets.
  found.messages.sort((a, b) => a.publishedMs - b.publishedMs);
  return found;
}

export function parseMessage(key: string, text: string): UnsentMessage | string {
  const json = jsonIn(text);
  if (json === undefined) return 'Expected JSON';
  const { data, error } = messageSchema.safeParse(json);
  if (!data) return describeIssue(error, 'object');
  const [, site] = TOPIC.exec(data.topic) ?? [];
  if (site === undefined) return `Expected the topic of a rule and a site, got ${data.topic}`;
  const why = data.failures[0]?.errorMessage.split('\n', 1)[0]?.slice(0, SHOWN_REASON) ?? 'no reason given';
  const publishedMs = Number(NAME.exec(key)?.[1] ?? 0);
  return { key, site, publishedMs, data: Buffer.from(data.base64OriginalPayload, 'base64'), why };
}

export const putInto =
  (client: KinesisClient, StreamName: string): Put =>
  async (PartitionKey, Data) => {
    try {
      await client.send(new PutRecordCommand({ StreamName, PartitionKey, Data }));
      return undefined;
    } catch (error) {
      const { name, message } = error as Error;
      // Credentials, or a stream that is gone: it is the same for every message.
      if (!/Throughput|Unavailable|Internal|Validation|InvalidArgument/.test(name)) throw error;
      return `${name}: ${message}`;
    }
  };

export type MessageResult = 'sent' | 'failed' | 'held' | 'interrupted';

/** One after the other; after a failure the rest of that site waits. */
export async function sendMessages(
  messages: readonly UnsentMessage[],
  { store, put, stop }: { store: FailureStore; put: Put; stop: AbortSignal },
  onResult: (message: UnsentMessage, result: MessageResult, reason?: string) => void,
): Promise<MessageResult[]> {
  const held = new Set<string>();
  const results: MessageResult[] = [];
  for (const message of messages) {
    let result: MessageResult = 'sent';
    let reason: string | undefined;
    if (stop.aborted) result = 'interrupted';
    else if (held.has(message.site)) result = 'held';
    else {
      reason = await put(message.site, message.data);
      if (reason === undefined) await store.setAside(message.key);
      else {
        held.add(message.site);
        result = 'failed';
      }
    }
    results.push(result);
    onResult(message, result, reason);
  }
  return results;
}

/** How many there are, by site and reason. */
export function listMessages({ messages, unreadable }: FoundMessages): string {
  const lines = [`${plural(messages.length, 'message')} over MQTT that the stream did not take`];
  for (const site of new Set(messages.map((message) => message.site))) {
    const list = messages.filter((message) => message.site === site);
    lines.push(`  ${site}: ${list.length}, the last because ${list.at(-1)?.why}`);
  }
  for (const { key, reason } of unreadable) lines.push(`No message, left alone: ${key}`, `  ${reason}`);
  return `${lines.join('\n')}\n`;
}
