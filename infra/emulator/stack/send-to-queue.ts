/** Messages into the queues of the stack, from the services that send what they give up, or what a topic has. */
import { callApiAt } from './call-api.ts';
import { LOCAL_ACCOUNT } from './identities.ts';

/** As SQS has it: of the types, and with the fields, of its API. */
type Attributes = Record<string, { DataType: string; StringValue?: string; BinaryValue?: string }>;

/**
 * Rejects with the refusal of SQS, as when there is no such queue.
 * @param accessKey of the sender
 */
export type SendToQueue = (
  queueArn: string,
  accessKey: string,
  body: string,
  attributes?: Attributes,
) => Promise<void>;

/** @param endpoint of the port */
export function sendToQueueAt(endpoint: string): SendToQueue {
  const callApi = callApiAt(endpoint);
  return (queueArn, accessKey, MessageBody, MessageAttributes = {}) => {
    const QueueUrl = `${endpoint}/${LOCAL_ACCOUNT}/${queueArn.slice(queueArn.lastIndexOf(':') + 1)}`;
    const body = JSON.stringify({ QueueUrl, MessageBody, MessageAttributes });
    return callApi('sqs', 'AmazonSQS.SendMessage', body, accessKey);
  };
}
