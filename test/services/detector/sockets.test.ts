import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, it, onTestFinished } from 'vitest';
import { PATIENCE } from '../../../services/detector/publishing.ts';
import { waitForSockets } from '../../../services/detector/sockets.ts';

/** Four rounds of calls on the SDK's 50 sockets: the last waits longer than it takes to give up a connection. */
const CALLS = 160;
const ANSWER_MS = 400;

it('every call is made once, although there are more than sockets and each takes its time', async () => {
  const server = createServer((request, response) => {
    request.resume().on('end', () => setTimeout(() => response.end('{}'), ANSWER_MS));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  const client = new DynamoDBClient({
    ...PATIENCE,
    ...{ endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, region: 'us-east-1' },
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  });
  onTestFinished(() => client.destroy());
  waitForSockets(client);
  const get = () => client.send(new GetItemCommand({ TableName: 't', Key: { k: { S: 'a' } } }));
  const answers = await Promise.all(Array.from({ length: CALLS }, get));
  expect(answers.filter(({ $metadata }) => $metadata.attempts !== 1)).toEqual([]);
});
