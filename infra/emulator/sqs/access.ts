/** What IAM is asked for each operation of SQS. */
import { arnOf } from '../stack/identities.ts';
import { type AccessTable, type Fields, on, textOf } from '../wire/access.ts';

const onQueue = (operation: string) => (request: Fields) =>
  on(`sqs:${operation}`, arnOf('sqs', textOf(request, 'QueueUrl').split('/').at(-1) ?? ''));

export const ACCESS: AccessTable<Fields> = {
  ListQueues: () => on('sqs:ListQueues', '*'),
  GetQueueUrl: (request) => on('sqs:GetQueueUrl', arnOf('sqs', textOf(request, 'QueueName'))),
  GetQueueAttributes: onQueue('GetQueueAttributes'),
  SendMessage: onQueue('SendMessage'),
  ReceiveMessage: onQueue('ReceiveMessage'),
  DeleteMessage: onQueue('DeleteMessage'),
  PurgeQueue: onQueue('PurgeQueue'),
};
