/** History that nobody is told: to a topic of its own, which only the lake hears. */
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { Alert } from '../contract/alert.ts';
import { inChunks, rows } from './sns-message.ts';

export type RecordHistory = (alerts: readonly Alert[], signal?: AbortSignal) => Promise<void>;

export function createRecord(client: () => SNSClient, topicArn: string): RecordHistory {
  return async (alerts, abortSignal) => {
    for (const chunk of inChunks(alerts)) {
      const command = new PublishCommand({ TopicArn: topicArn, Message: rows(chunk) });
      await client().send(command, { abortSignal });
    }
  };
}
