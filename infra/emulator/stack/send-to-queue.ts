/** Messages into the queues of the stack, from the services that send what they give up, or what a topic has. */
import { callApiAt } from './call-api.ts';
import { LOCAL_ACCOUNT } from './identities.ts';

/** As SQS has it: of the types, and with the fields, of its API. */
type Attributes = Record<string, { DataType: string; StringValue?: string; BinaryValue?: string }>;

/** Rejects with the refusal of SQS, as when there is no such queue. */
export type SendToQueue = (queueArn: string, body: string, attributes?: Attributes) => Promise<void>;

/** @param endpoint of the port */
export function sendToQueueAt(endpoint: string): SendToQueue {
  const callApi = callApiAt(endpoint);
  return (queueArn, MessageBody, MessageAttributes = {}) => {
    const QueueUrl = `${endpoint}/${LOCAL_ACCOUNT}/${queueArn.slice(queueArn.lastIndexOf(':') + 1)}`;
    return callApi(
      'sqs',
      'AmazonSQS.SendMessage',
      JSON.stringify({ QueueUrl, MessageBody, MessageAttributes }),
    );
  };
}
