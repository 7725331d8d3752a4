/** A port that accepts and never answers, such as that of a runtime that is suspended. */
import { readdirSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { DescribeStreamSummaryCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { awsProblem } from '../../../infra/cli/aws-problem.ts';
import { clientOptions, within } from '../../../infra/cli/client-options.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const sockets = new Set<Socket>();
const server = createServer((socket) => sockets.add(socket.on('error', () => {})));
let endpoint: string;

beforeEach(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

const optionsWithin = (ms: number) => ({
  ...clientOptions({ Region: 'us-east-1', Endpoint: endpoint }),
  ...{ requestHandler: within(ms), maxAttempts: 2 },
});

it.each([
  [
    'HTTP/1.1',
    (ms: number) => {
      const client = new SSMClient(optionsWithin(ms));
      return { client, call: () => client.send(new GetParameterCommand({ Name: 'x' })) };
    },
  ],
  [
    'HTTP/2',
    (ms: number) => {
      const client = new KinesisClient(optionsWithin(ms));
      return { client, call: () => client.send(new DescribeStreamSummaryCommand({ StreamName: 'x' })) };
    },
  ],
])('%s: the call ends, and the sentence says who does not answer, and what to do', async (_, open) => {
  const { client, call } = open(50);
  const error = await call().catch((caught: unknown) => caught);
  client.destroy();
  const context = { service: 'SSM', denied: '' };
  const sentence = awsProblem(error, { ...context, endpoint }) ?? '';
  expect(sentence).toContain(`${endpoint} takes calls and answers none.`);
  expect(sentence).toContain('Ctrl-Z');
  expect(awsProblem(error, { ...context, endpoint: undefined })).toMatch(/^SSM does not answer \(\w+\)/);
});

it('every client of a command has such a limit', () => {
  const { requestHandler } = clientOptions({ Region: 'us-east-1' });
  expect(requestHandler).toMatchObject({ requestTimeout: 20_000, throwOnRequestTimeout: true });
  const files = ['infra/cli', 'infra/commands', 'infra/local'].flatMap((room) =>
    readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(room, file)),
  );
  const clients = files.flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(/new \w+Client\((?!\{\s*\n)[^\n]*/g)].map(
      ([made]) => made,
    ),
  );
  expect(clients.length).toBeGreaterThan(15);
  // `options` come from clientOptions, by way of withClients.
  expect(clients.filter((made) => !/\(options\)|\.\.\.options|clientOptions\(|PATIENCE/.test(made))).toEqual(
    [],
  );
});
