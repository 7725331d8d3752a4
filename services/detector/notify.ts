/** Messages to the topic, one after the other, so that "firing" comes before "resolved". */
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { isHopeless } from './hopeless.ts';
import type { Message } from './sns-message.ts';

export type Publish = (message: Message, signal?: AbortSignal) => Promise<void>;

export function createPublisher(client: () => SNSClient, topicArn: string): Publish {
  return async ({ subject, body, attributes }, abortSignal) => {
    const command = new PublishCommand({
      TopicArn: topicArn,
      Subject: subject,
      Message: body,
      MessageStructure: 'json',
      MessageAttributes: attributes,
    });
    await client().send(command, { abortSignal });
  };
}

/** Each attempt takes a turn: the answer may be all that was lost. */
const ATTEMPTS = 3;

/**
 * Publishes what it can, until there is no turn. A message that fails does not hold up the others.
 * @param takeTurn waits for a turn; false when there is none in time
 */
export async function publishAll(
  messages: Iterable<Message>,
  publish: (message: Message) => Promise<void>,
  takeTurn: () => Promise<boolean>,
): Promise<{ sent: Message[]; failed: { message: Message; error: unknown }[] }> {
  const sent: Message[] = [];
  const failed: { message: Message; error: unknown }[] = [];
  for (const message of messages) {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      if (!(await takeTurn())) return { sent, failed };
      try {
        await publish(message);
        sent.push(message);
        break;
      } catch (error) {
        if (attempt < ATTEMPTS && !isHopeless(error)) continue;
        failed.push({ message, error });
        break;
      }
    }
  }
  return { sent, failed };
}
