/** What the notifier is asked: to try a channel, and to tell once more what a channel was not told. */
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteMessageCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { z } from 'zod';
import { UserError } from '../../cli/user-error.ts';

const resultSchema = z.object({ answers: z.array(z.number()), problem: z.string().optional() });
const failureSchema = z.object({ requestPayload: z.unknown() });
/** While it is sent once more, nobody else takes it. */
const HIDDEN_SECONDS = 60;
const AT_ONCE = 10;

/** @throws UserError where the function itself fails */
export async function tryChannel(lambda: LambdaClient, FunctionName: string, name: string) {
  const Payload = JSON.stringify({ try: name });
  const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload }));
  const text = Buffer.from(answer.Payload ?? []).toString();
  if (answer.FunctionError !== undefined) throw new UserError(`The notifier failed: ${text}`);
  return resultSchema.parse(JSON.parse(text));
}

/** Hands every event of the queue to the notifier, and takes it out. Returns how many there were. */
export async function redrive(
  { lambda, sqs }: { lambda: LambdaClient; sqs: SQSClient },
  FunctionName: string,
  QueueUrl: string,
): Promise<number> {
  let count = 0;
  for (;;) {
    const request = { QueueUrl, MaxNumberOfMessages: AT_ONCE, VisibilityTimeout: HIDDEN_SECONDS };
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(request));
    if (Messages.length === 0) return count;
    for (const { Body = '', ReceiptHandle } of Messages) {
      const { requestPayload } = failureSchema.parse(JSON.parse(Body));
      const Payload = JSON.stringify(requestPayload);
      await lambda.send(new InvokeCommand({ FunctionName, Payload, InvocationType: 'Event' }));
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      count += 1;
    }
  }
}
