/** The operations of the SQS API, in the JSON protocol of today's SDKs. */
import { z } from 'zod';
import { AwsError } from '../wire/aws-error.ts';
import { type Operations, operation, page } from '../wire/json-operation.ts';
import { attributesSchema, digests, type Message, sizeOf } from './message.ts';
import type { Queue, Received } from './queue.ts';

const ofQueue = z.object({ QueueUrl: z.string() });
const names = z.array(z.string()).default([]);

/** @param endpoint of the port: queues are addressed by it */
export function sqsOperations(queues: readonly Queue[], endpoint: string): Operations {
  // By the name alone, because a forwarded port gives the queue another address.
  const find = (name: string | undefined): Queue => {
    const queue = queues.find((one) => one.name === name);
    if (queue) return queue;
    throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
  };
  const at = (url: string) => find(url.split('/').at(-1));
  const moveToDeadLetters = (queue: Queue) => (message: Message) => {
    const target = queues.find(({ arn }) => arn === queue.settings.RedrivePolicy?.deadLetterTargetArn);
    target?.add({ ...message, receives: 0 });
    return target !== undefined;
  };

  return {
    ListQueues: operation(
      z.object({
        QueueNamePrefix: z.string().default(''),
        MaxResults: z.int().min(1).max(1000).optional(),
        NextToken: z.string().optional(),
      }),
      ({ QueueNamePrefix, MaxResults, NextToken }) => {
        const found = queues.filter(({ name }) => name.startsWith(QueueNamePrefix));
        const { items, next } = page('ListQueues', found, MaxResults ?? 1000, NextToken);
        const urls = items.map(({ arn }) => queueUrl(endpoint, arn));
        // Only a call that asked for pages gets a token.
        return { ...(urls.length > 0 && { QueueUrls: urls }), ...(MaxResults && { NextToken: next }) };
      },
    ),
    GetQueueUrl: operation(z.object({ QueueName: z.string() }), ({ QueueName }) => ({
      QueueUrl: queueUrl(endpoint, find(QueueName).arn),
    })),
    GetQueueAttributes: operation(ofQueue.extend({ AttributeNames: names }), (request) => ({
      Attributes: picked(describeQueue(at(request.QueueUrl)), request.AttributeNames),
    })),
    SendMessage: operation(
      ofQueue.extend({
        MessageBody: z.string().min(1),
        DelaySeconds: z.int().min(0).max(900).optional(),
        MessageAttributes: attributesSchema.default({}),
      }),
      ({ QueueUrl, MessageBody, DelaySeconds, MessageAttributes }) => {
        const queue = at(QueueUrl);
        const max = queue.settings.MaximumMessageSize;
        const size = sizeOf(MessageBody, MessageAttributes);
        if (size > max) throw invalid(`Message must be shorter than ${max} bytes, got ${size}.`);
        const { id } = queue.send(MessageBody, MessageAttributes, DelaySeconds);
        return { MessageId: id, ...digests(MessageBody, MessageAttributes) };
      },
    ),
    ReceiveMessage: operation(
      ofQueue.extend({
        MaxNumberOfMessages: z.int().min(1).max(10).default(1),
        VisibilityTimeout: z.int().min(0).max(43_200).optional(),
        WaitTimeSeconds: z.int().min(0).max(20).optional(),
        MessageAttributeNames: names,
        MessageSystemAttributeNames: names,
        // The older name of MessageSystemAttributeNames.
        AttributeNames: names,
      }),
      async (request) => {
        const queue = at(request.QueueUrl);
        const times = { wait: request.WaitTimeSeconds, hide: request.VisibilityTimeout };
        const received = await queue.receive(request.MaxNumberOfMessages, moveToDeadLetters(queue), times);
        const system = [...request.MessageSystemAttributeNames, ...request.AttributeNames];
        const Messages = received.map((one) => describeMessage(one, request.MessageAttributeNames, system));
        return Messages.length > 0 ? { Messages } : {};
      },
    ),
    DeleteMessage: operation(ofQueue.extend({ ReceiptHandle: z.string() }), (request) => {
      if (!/^[0-9a-f-]{36}#\d+$/.test(request.ReceiptHandle)) {
        throw new AwsError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.');
      }
      at(request.QueueUrl).delete(request.ReceiptHandle);
      return {};
    }),
    PurgeQueue: operation(ofQueue, ({ QueueUrl }) => {
      at(QueueUrl).purge();
      return {};
    }),
  };
}

const invalid = (text: string) => new AwsError('InvalidParameterValueException', text);

/** `http://127.0.0.1:4566/000000000000/Name` */
export function queueUrl(endpoint: string, arn: string): string {
  const [account, name] = arn.split(':').slice(-2);
  return `${endpoint}/${account}/${name}`;
}

function describeMessage({ message, receiptHandle }: Received, wanted: string[], system: string[]): object {
  const attributes = picked(message.attributes, wanted);
  const { MD5OfMessageBody } = digests(message.body, {});
  const { MD5OfMessageAttributes } = digests('', attributes);
  const ofSystem = picked(
    {
      SenderId: 'local',
      SentTimestamp: String(message.sentMs),
      ApproximateReceiveCount: String(message.receives),
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedMs),
    },
    system,
  );
  return {
    ...{ MessageId: message.id, ReceiptHandle: receiptHandle, Body: message.body },
    MD5OfBody: MD5OfMessageBody,
    ...(MD5OfMessageAttributes && { MD5OfMessageAttributes, MessageAttributes: attributes }),
    ...(Object.keys(ofSystem).length > 0 && { Attributes: ofSystem }),
  };
}

function describeQueue(queue: Queue): Record<string, string> {
  const { visible, hidden, delayed } = queue.counts();
  const { RedrivePolicy, ...settings } = queue.settings;
  return {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(hidden),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)])),
    ...(RedrivePolicy && { RedrivePolicy: JSON.stringify(RedrivePolicy) }),
  };
}

/** Attributes that `wanted` names: in full, as `prefix.*`, or all of them. */
function picked<T>(all: Record<string, T>, wanted: readonly string[]): Record<string, T> {
  const isWanted = (name: string) =>
    wanted.some(
      (one) =>
        one === 'All' ||
        one === '.*' ||
        one === name ||
        (one.endsWith('.*') && name.startsWith(one.slice(0, -1))),
    );
  return Object.fromEntries(Object.entries(all).filter(([name]) => isWanted(name)));
}
