/** What a schedule calls, by the ARN of its target. */
import { z } from 'zod';
import { own } from '../base/own.ts';
import { parseJson } from '../base/parse-json.ts';
import type { Actor } from '../iam/service.ts';
import type { CallApi } from '../stack/call-api.ts';
import type { SendToQueue } from '../stack/send-to-queue.ts';

/** Makes one attempt. Rejects when the target refuses it. */
export type Target = (input: string | undefined) => Promise<void>;

export interface TargetParts {
  callApi: CallApi;
  /** Accepts an event for a function that runs it later. @throws where the template has no such function, or IAM denies it */
  invokeLater(functionArn: string, payload: string, actor: Actor): void;
  sendToQueue: SendToQueue;
}

/** Services whose API is JSON, by their names in the AWS SDK, with what precedes the operation's name on the wire. */
const UNIVERSAL: Record<string, string> = {
  athena: 'AmazonAthena',
  dynamodb: 'DynamoDB_20120810',
  sqs: 'AmazonSQS',
};
/** Scheduler takes no reading operation as a target. */
const READING = /^(?:get|describe|list|poll|receive|search|scan|query|select|read|lookup|discover|batchGet)/;

/** @param actor the role of the schedule, in use. @throws RangeError for a target that does not run here */
export function targetOf(arn: string, input: string | undefined, parts: TargetParts, actor: Actor): Target {
  const [, service = '', action = ''] = /^arn:[^:]+:scheduler:::aws-sdk:(\w+):(\w+)$/.exec(arn) ?? [];
  if (service !== '') return universal(arn, { service, action, input }, parts, actor);
  const kind = arn.split(':')[2];
  if (kind === 'lambda') {
    return async (payload = '{}') => parts.invokeLater(arn, payload, actor);
  }
  if (kind === 'sqs') {
    return (body = '{}') => parts.sendToQueue(arn, actor.accessKey, body);
  }
  throw new RangeError(`The target ${arn} does not run here: expected ${EXPECTED}`);
}

const EXPECTED = `a Lambda function, an SQS queue, or arn:aws:scheduler:::aws-sdk:SERVICE:ACTION of ${Object.keys(UNIVERSAL).join(', ')}`;

function universal(
  arn: string,
  { service, action, input }: { service: string; action: string; input: string | undefined },
  { callApi }: TargetParts,
  { accessKey }: Actor,
): Target {
  const prefix = own(UNIVERSAL, service);
  if (prefix === undefined || READING.test(action)) {
    throw new RangeError(`The target ${arn} does not run here: expected ${EXPECTED}, and no reading action`);
  }
  if (parseJson(input ?? '', z.record(z.string(), z.unknown())) === undefined) {
    throw new RangeError(`Expected the Input of ${arn} to be a JSON object with the request`);
  }
  const operation = `${action.charAt(0).toUpperCase()}${action.slice(1)}`;
  return (body = '{}') => callApi(service, `${prefix}.${operation}`, body, accessKey);
}
