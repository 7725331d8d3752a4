/** Messages to the topic, one after the other: whoever reads them gets "firing" before "resolved". */
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { Message } from './message.ts';

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

/** Below the ten a second above which SNS disables an e-mail subscription. */
const MESSAGES_PER_SECOND = 8;

/** Publishes what it can. One message that fails does not hold up the others; the caller learns which. */
export async function publishAll(
  messages: readonly Message[],
  publish: (message: Message) => Promise<void>,
  sleep: (ms: number) => Promise<void>,
): Promise<{ sent: Message[]; failed: { message: Message; error: unknown }[] }> {
  const sent: Message[] = [];
  const failed: { message: Message; error: unknown }[] = [];
  for (const [i, message] of messages.entries()) {
    if (i > 0 && i % MESSAGES_PER_SECOND === 0) await sleep(1000);
    try {
      await publish(message);
      sent.push(message);
    } catch (error) {
      failed.push({ message, error });
    }
  }
  return { sent, failed };
}
