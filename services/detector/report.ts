/** Refusals to their own topic, one message for each batch that has some. */
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { Refusal } from '../contract/refusal.ts';

/** SNS' limit. */
const MAX_SUBJECT_CHARACTERS = 100;

export type Report = (refusals: readonly Refusal[], signal?: AbortSignal) => Promise<void>;

export function createReport(client: () => SNSClient, topicArn: string): Report {
  return async (refusals, abortSignal) => {
    const command = new PublishCommand({
      TopicArn: topicArn,
      Subject: subjectOf(refusals),
      // A row a line, for people, programs and the lake alike.
      Message: refusals.map((refusal) => JSON.stringify(refusal)).join('\n'),
    });
    await client().send(command, { abortSignal });
  };
}

function subjectOf(refusals: readonly Refusal[]): string {
  const readings = refusals.reduce((sum, refusal) => sum + refusal.readings, 0);
  const [first] = refusals;
  const device = first?.device_id ?? 'an unknown device';
  const others = refusals.length > 1 ? ' and others' : '';
  const subject = `${readings} ${readings === 1 ? 'reading' : 'readings'} not evaluated: ${device}${others}`;
  return subject.slice(0, MAX_SUBJECT_CHARACTERS);
}
